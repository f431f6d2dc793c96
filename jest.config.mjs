// Node strips the types itself (no second compiler, positions stay true); see __tests__/helpers/strip-types.mjs.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/__tests__/helpers/strip-types.mjs' },
  testTimeout: 30_000,
};
