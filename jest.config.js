const labConfig = require('@jupyterlab/testutils/lib/jest-config');

// ES modules that jest must transform; the list of the extension template is too short for 4.6.
const esModules = [
  '@codemirror',
  '@jupyter/react-components',
  '@jupyter/web-components',
  '@jupyter/ydoc',
  '@jupyterlab/',
  '@marijn',
  '@microsoft',
  'color',
  'exenv-es6',
  'fast-png',
  'iobuffer',
  'lib0',
  'marked',
  'nanoid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const ignored = ['python_shim', 'lib', 'ui-tests', 'build', '.venv'].map(
  folder => `<rootDir>/${folder}/`
);
const {
  moduleFileExtensions,
  moduleNameMapper,
  resolver,
  setupFiles,
  testEnvironment,
  transform
} = labConfig(__dirname);

const shared = {
  rootDir: __dirname,
  modulePathIgnorePatterns: ignored,
  transformIgnorePatterns: [`/node_modules/(?!${esModules}).+`],
  transform: {
    '^.+\\.tsx?$': ['ts-jest', { tsconfig: 'tsconfig.test.json' }],
    '^.+\\.m?jsx?$': 'babel-jest'
  }
};

module.exports = {
  testTimeout: 20000,
  projects: [
    {
      ...shared,
      displayName: 'core',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/src/{core,bridge}/**/*.spec.ts']
    },
    {
      ...shared,
      displayName: 'lab',
      moduleFileExtensions,
      moduleNameMapper: {
        ...moduleNameMapper,
        // import.meta is not of CommonJS.
        '/start-worker$': '<rootDir>/src/lab/__tests__/no-worker.ts'
      },
      resolver,
      setupFiles,
      testEnvironment,
      transform: { '\\.svg$': transform['\\.svg$'], ...shared.transform },
      testMatch: ['<rootDir>/src/{viewer,lab}/**/*.spec.ts?(x)']
    }
  ]
};
