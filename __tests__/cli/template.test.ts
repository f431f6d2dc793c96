import { describe, expect, test } from '@jest/globals';
import { compileTemplate } from '../../src/cli/template.ts';

const data = {
  ID: 'abc',
  Names: ['one', 'two'],
  Config: { Env: ['A=1', 'B=2'], Labels: { plain: 'x', 'dotted.name': 'y', n: '3' }, Cmd: null, Ports: {} },
  Count: 3,
  Ratio: 0.5,
  Running: true,
  Empty: '',
  Mounts: [
    { Source: '/a', Destination: '/b', RW: true },
    { Source: '/c', Destination: '/d', RW: false },
  ],
};

describe('a Go template', () => {
  test.each([
    ['plain text', 'plain text'],
    ['{{.ID}}', 'abc'],
    ['{{ .ID }}-{{.Count}}', 'abc-3'],
    ['{{.}}', expect.stringContaining('map[')],
    ['{{.Names}} {{.Config.Labels}}', '[one two] map[dotted.name:y n:3 plain:x]'],
    ['{{.Running}} {{.Ratio}} {{.Config.Cmd}}', 'true 0.5 <nil>'],
    ['{{json .Config.Env}}', '["A=1","B=2"]'],
    ['{{json .}}', JSON.stringify(data)],
    ['{{.Config.Labels.plain}} {{.Config.Labels.missing}}', 'x <no value>'],
    ['{{index .Config.Labels "dotted.name"}}{{index .Names 1}}{{index .Config.Labels "no"}}', 'ytwo'],
    ['{{(index .Mounts 0).Source}}', '/a'],
    ['{{range .Names}}<{{.}}>{{end}}', '<one><two>'],
    ['{{range $i, $n := .Names}}{{$i}}={{$n}} {{end}}', '0=one 1=two '],
    ['{{range $k, $v := .Config.Labels}}{{$k}}:{{$v}};{{end}}', 'dotted.name:y;n:3;plain:x;'],
    ['{{range .Config.Cmd}}x{{else}}none{{end}}', 'none'],
    ['{{range .Names}}{{if eq . "two"}}{{break}}{{end}}{{.}}{{end}}', 'one'],
    ['{{range .Names}}{{if eq . "one"}}{{continue}}{{end}}{{.}}{{end}}', 'two'],
    ['{{range .Mounts}}{{.Source}}->{{.Destination}}{{if not .RW}} (ro){{end}}\n{{end}}', '/a->/b\n/c->/d (ro)\n'],
    ['{{range .Mounts}}{{$.ID}}{{end}}', 'abcabc'],
    ['{{if .Running}}up{{else}}down{{end}}', 'up'],
    ['{{if .Empty}}a{{else if eq .Count 2}}b{{else if gt .Count 2}}c{{else}}d{{end}}', 'c'],
    ['{{with .Config}}{{len .Env}}{{end}}{{with .Empty}}x{{else}}y{{end}}', '2y'],
    ['{{$x := "a"}}{{if true}}{{$x = "b"}}{{end}}{{$x}}', 'b'],
    ['{{join .Names ", "}}|{{join (split "a-b" "-") "+"}}', 'one, two|a+b'],
    ['{{upper .ID}} {{.ID | upper | lower}} {{title "two words"}}', 'ABC abc Two Words'],
    [
      '{{printf "%s/%05d/%-4s|%q|%.1f|%t|%x|%%" .ID .Count "ab" "q" .Ratio true 255}}',
      'abc/00003/ab  |"q"|0.5|true|ff|%',
    ],
    ['{{.Names | printf "%v of %d" .ID}}', 'abc of %!d(object=[one two])'],
    ['{{println .ID .Count}}{{print "a" 1 2 "b"}}', 'abc 3\na1 2b'],
    ['{{and .ID .Empty}}|{{or .Empty .ID}}|{{not .Empty}}|{{and .Running .Count}}', '|abc|true|3'],
    ['{{or .Running .Nothing.Here}}', 'true'],
    [
      '{{eq .ID "x" "abc"}} {{ne .Count 3}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 1 2}}',
      'true false true true false false',
    ],
    ['{{slice .ID 1 2}} {{truncate .ID 2}} {{pad .ID 1 2}}| {{len .ID}}', 'b ab  abc  | 3'],
    ['a {{- .ID -}} b', 'aabcb'],
    ['{{/* nothing */}}x{{- /* trimmed */ -}} y', 'xy'],
    ['{{"quoted \\"text\\"\\n"}}{{`raw \\n`}}', 'quoted "text"\nraw \\n'],
    ['{{html "<a>"}}', '&#60;a&#62;'],
  ])('%s gives %j', (template, expected) => {
    expect(compileTemplate(template)(data)).toEqual(expected);
  });

  test.each([
    ['{{.ID', 'unclosed action', 1],
    ['{{.Id}}', 'there is no field "Id" (did you mean ID?)', 3],
    ['{{.Config.Envs}}', 'there is no field "Envs" (did you mean Env?)', 10],
    ['{{if .ID}}x', '{{if}} without {{end}}', 1],
    ['x{{end}}', 'unexpected {{end}}', 2],
    ['{{else}}', 'unexpected {{else}}', 1],
    ['{{joine .Names ","}}', 'function "joine" is not defined (did you mean join?)', 3],
    ['{{join .Names}}', 'join: expected 2 arguments, found 1', 3],
    ['{{join .ID ","}}', 'join: expected a list, found abc', 3],
    ['{{index .Names 7}}', 'index 7 is out of range', 3],
    ['{{.ID .Count}}', 'a value cannot be given arguments', 3],
    ['{{$y}}', 'undefined variable $y', 3],
    ['{{"open}}', 'unterminated string', 3],
    ['{{.Names.First}}', 'cannot take field "First" of a list', 9],
    ['{{range .ID}}{{end}}', 'range cannot go over abc', 9],
    ['{{template "x"}}', '{{template}} is not supported', 1],
    ['{{break}}', '{{break}} outside {{range}}', 1],
    ['{{.ID | }}', 'expected a value', 9],
    ['{{(.ID}}', 'expected ")"', 7],
    ['{{lt .ID 1}}', 'cannot compare abc with 1', 3],
    ["{{eq .ID 'x'}}", 'unexpected "\'"', 10],
  ])('%s is refused: %s', (template, message, column) => {
    let thrown: unknown;
    try {
      compileTemplate(template)(data);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'bad-template',
      message: expect.stringContaining(message),
      location: { line: 1, column },
    });
  });

  test('reaches no property that JavaScript gives to every object', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(compileTemplate(`{{.Config.Labels.${name}}}`)(data)).toBe('<no value>');
      expect(compileTemplate(`{{index .Config.Labels "${name}"}}`)(data)).toBe('');
      expect(() => compileTemplate(`{{${name}}}`)(data)).toThrow('is not defined');
    }
  });
});
