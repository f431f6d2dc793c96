import { describe, expect, test } from '@jest/globals';
import { readJunit } from '../../../src/testing/junit/read.ts';

const read = (text: string) => readJunit(text, 'report.xml');

describe('dialects', () => {
  test('Surefire: nested suites, flaky and rerun attempts, a Java trace', () => {
    const cases = read(`<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="com.example.AppTest" tests="4" time="1.234">
  <properties><property name="a" value="b"/></properties>
  <testcase name="adds" classname="com.example.AppTest" time="1,000.5"/>
  <testcase name="sometimes" classname="com.example.AppTest" time="0.1"><flakyFailure message="late" type="x">trace</flakyFailure></testcase>
  <testcase name="never" classname="com.example.AppTest"><failure message="expected: &lt;1&gt; but was: &lt;2&gt;" type="AssertionError"><![CDATA[java.lang.AssertionError: expected
	at org/junit/Assert.java:89
	at com.example.AppTest.never(AppTest.java:42)]]></failure><rerunFailure message="again"/></testcase>
  <testcase name="off" classname="com.example.AppTest"><skipped/></testcase>
</testsuite>`)!;
    expect(cases.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['adds', 'passed'],
      ['sometimes', 'flaky'],
      ['never', 'failed'],
      ['off', 'skipped'],
    ]);
    expect(cases[0]).toMatchObject({ suite: 'com.example.AppTest', durationMs: 1_000_500 });
    expect(cases[2]).toMatchObject({ message: 'expected: <1> but was: <2>', file: 'AppTest.java', line: 42 });
  });

  test('pytest: the line of the assertion, not that of the function or of the library', () => {
    const [one] =
      read(`<testsuites><testsuite name="pytest" errors="0"><testcase classname="tests.test_a" name="test_b" file="tests/test_a.py" line="3" time="0.001"><failure message="assert 1 == 2">def test_b():
&gt;   assert helper() == 2
tests/test_a.py:9: AssertionError
/usr/lib/python3/dist-packages/x.py:1: in y</failure></testcase></testsuite></testsuites>`)!;
    expect(one).toMatchObject({ outcome: 'failed', file: 'tests/test_a.py', line: 9, message: 'assert 1 == 2' });
  });

  test('Python traces tell the place last', () => {
    const [one] =
      read(`<testsuite name="u"><testcase name="t"><error type="ValueError">Traceback (most recent call last):
  File "/app/a.py", line 3, in f
  File "/app/b.py", line 7, in g
  File "/usr/lib/python3.11/json/decoder.py", line 355, in decode
ValueError: no</error></testcase></testsuite>`)!;
    expect(one).toMatchObject({
      outcome: 'error',
      file: '/app/b.py',
      line: 7,
      message: 'Traceback (most recent call last):',
    });
  });

  test.each([
    [
      'jest',
      'Error: x\n    at Object.<anonymous> (/app/node_modules/expect/build/index.js:3:1)\n    at /app/src/sum.test.ts:12:5',
      '/app/src/sum.test.ts',
      12,
    ],
    ['go', '    sum_test.go:17: got 3', 'sum_test.go', 17],
    ['rspec', 'Failure/Error: x\n./spec/sum_spec.rb:5:in block', './spec/sum_spec.rb', 5],
    ['phpunit', 'SumTest::testAdd\nFailed asserting\n\n/app/tests/SumTest.php:21', '/app/tests/SumTest.php', 21],
    ['dotnet', '   at T.Sum() in /app/SumTest.cs:line 33', '/app/SumTest.cs', 33],
    ['rust', "thread 'x' panicked at src/lib.rs:8:9:\nassertion", 'src/lib.rs', 8],
    ['a C++ one', '/src/a_test.cc(77): error: x', '/src/a_test.cc', 77],
  ])('%s: file and line out of the trace', (_, trace, file, line) => {
    const body = trace.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    expect(
      read(`<testsuites><testsuite><testcase name="a"><failure>${body}</failure></testcase></testsuite></testsuites>`),
    ).toMatchObject([{ file, line }]);
  });

  test('CTest and GoogleTest: what did not run is no success', () => {
    expect(
      read(
        '<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail"/><testcase name="c" status="notrun"/><testcase name="d" result="suppressed"/></testsuite>',
      )!.map(({ outcome }) => outcome),
    ).toEqual(['passed', 'failed', 'skipped', 'skipped']);
  });

  test('container-structure-test: its nanoseconds', () => {
    expect(
      read('<testsuites time="2"><testsuite><testcase name="a" time="1500000000"/></testsuite></testsuites>'),
    ).toMatchObject([{ durationMs: 1500 }]);
  });

  test('other XML is no report', () => {
    expect(read('<coverage><package name="a"/></coverage>')).toBeUndefined();
  });
});

describe('what is no report', () => {
  test.each([
    ['<!DOCTYPE a [<!ENTITY x "y">]><testsuite/>', /report\.xml:1:1: .*DOCTYPE/],
    ['<testsuite>&x;</testsuite>', /report\.xml:1:12: .*unknown entity &x;/],
    [
      '<testsuite>\n  <testcase name="a">\n</testsuite>',
      /report\.xml:3:1: .*end tag of testcase is expected, found that of testsuite/,
    ],
    ['<testsuite name=a/>', /report\.xml:1:17: .*quoted value/],
    ['<testsuite', /does not end/],
    ['', /no element/],
    ['<a/><b/>', /one root element/],
    ['text', /text outside/],
    [`${'<testsuite>'.repeat(200)}`, /nested deeper than 100/],
    [`<testsuite ${Array.from({ length: 200 }, (_, i) => `a${i}="1"`).join(' ')}/>`, /more than 100 attributes/],
  ])('%j is refused with its place', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('a large report of one hostile line is read in time', () => {
    const line = `${'a/'.repeat(2000)}.`.repeat(4);
    const text = `<testsuite>${`<testcase name="a"><failure>${line}</failure></testcase>`.repeat(300)}</testsuite>`;
    const began = performance.now();
    expect(read(text)).toHaveLength(300);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test('entities that multiply are refused before the first of them is put in', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    const began = performance.now();
    expect(() =>
      read(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">${lines}]><testsuite>&l30;</testsuite>`),
    ).toThrow(/report\.xml:1:22: .*DOCTYPE/);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test('a case with any number of failures is read in time, and kept up to a length', () => {
    const failure = `<failure>${'x'.repeat(19_000)}</failure>`;
    const began = performance.now();
    const [one] = read(`<testsuite><testcase name="a">${failure.repeat(1000)}</testcase></testsuite>`)!;
    expect(one!.details!.length).toBeLessThan(25_000);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test('names, places and lines are kept up to what such things can be', () => {
    const long = 'n'.repeat(100_000);
    const [one, two] = read(
      `<testsuite name="${long}"><testcase name="${long}" classname="${long}" file="${long}" line="3"/><testcase name="b" file="b.ts" line="Infinity"/></testsuite>`,
    )!;
    expect(one).toEqual({
      name: 'n'.repeat(1000),
      suite: 'n'.repeat(1000),
      classname: 'n'.repeat(1000),
      outcome: 'passed',
      durationMs: 0,
    });
    expect(two).toMatchObject({ name: 'b', file: 'b.ts' });
    expect(two).not.toHaveProperty('line');
  });
});
