import { describe, expect, test } from '@jest/globals';
import { InterpolationError, interpolate } from '../../src/compose/interpolate.ts';

const env: Record<string, string> = { NAME: 'shop', EMPTY: '', _x1: 'under' };
const put = (text: string) => interpolate(text, (name) => env[name]);

describe('variables in a text, as Compose has them', () => {
  test.each([
    ['$NAME and ${NAME}', 'shop and shop'],
    ['${_x1}/$NAME.', 'under/shop.'],
    ['${NO:-d} ${EMPTY:-d} ${NAME:-d}', 'd d shop'],
    ['${NO-d} ${EMPTY-d}|', 'd |'],
    ['${NO:+r}|${EMPTY:+r}|${NAME:+r}', '||r'],
    ['${NO+r}|${EMPTY+r}', '|r'],
    ['${NAME:?must} ${EMPTY?must}|', 'shop |'],
    ['${NO:-${ALSO-${NAME}}}!', 'shop!'],
    ['$$NAME $${NAME} $$$NAME', '$NAME ${NAME} $shop'],
    ['a $ string, ^REGEX$, $1', 'a $ string, ^REGEX$, $1'],
    ['${NO:-}|', '|'],
  ])('%s is %s', (text, expected) => {
    expect(put(text)).toEqual({ text: expected, unset: [] });
  });

  test('what is not set is empty and named once; what is not taken is not looked up', () => {
    expect(put('$NO ${NO} ${ALSO}')).toEqual({ text: '  ', unset: ['NO', 'ALSO'] });
    expect(put('${NAME:-$NO} ${NAME:-${NO:?never}}')).toEqual({ text: 'shop shop', unset: [] });
  });

  test.each([
    ['ab ${NO:?give it}', 'required-variable', 3, /NO is not set: give it/],
    ['${EMPTY:?}', 'required-variable', 0, /EMPTY is empty$/],
    ['x${}', 'bad-variable', 1, /found \$\{\}/],
    ['${NAME!}', 'bad-variable', 0, /expected a variable/],
    ['${ NAME}', 'bad-variable', 0, /expected a variable/],
    ['${NAME', 'bad-variable', 0, /expected a variable/],
    ['${NAME:-x', 'bad-variable', 0, /expected a variable/],
    ['${{ github.ref }}', 'github-expression', 0, /expression of GitHub/],
    [`${'${A:-'.repeat(5000)}`, 'bad-variable', expect.any(Number), /expected a variable/],
  ])('%s is refused', (text, code, offset, message) => {
    const error = (() => {
      try {
        return put(text);
      } catch (e) {
        return e;
      }
    })();
    expect(error).toBeInstanceOf(InterpolationError);
    expect(error).toMatchObject({ code, offset, message: expect.stringMatching(message) });
  });
});
