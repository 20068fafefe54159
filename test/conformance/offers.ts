/**
 * What the conformance suite asks a server for, in the words of its requirement texts, written once for both eras: what
 * a tool needs to know from its caller it asks for by `ask`, and how that is carried is the era's matter (fixture.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, JsonObject } from '../../src/model/definitions.js';

export interface Questions {
  [key: string]: { method: string; params: JsonObject };
}

export interface Context {
  arguments: JsonObject;
  /** Declared by the caller. */
  capabilities: JsonObject;
  /** Whether the caller wants to hear of `info`. */
  logs: boolean;
  progress(progress: number, total: number): void;
  log(data: string): void;
  /** @param stateful whether the server's own state has to come back with the answers. */
  ask(questions: Questions, stateful?: boolean): Promise<Record<string, JsonObject>>;
  /** Takes a tool, or a prompt, away or puts it back, and says so. */
  toggle(kind: 'tools' | 'prompts'): void;
}

export class Refusal extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: JsonObject,
  ) {
    super(message);
  }
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==';

export const said = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);
const text = (words: string): JsonObject => ({ type: 'text', text: words });
const image: JsonObject = { type: 'image', data: PNG, mimeType: 'image/png' };
const says = (words: string): JsonObject => ({ content: [text(words)] });
const embedded = (uri: string, words: string, mimeType = 'text/plain'): JsonObject => ({
  type: 'resource',
  resource: { uri, mimeType, text: words },
});

const elicit = (message: string, properties: JsonObject, required: string[]): Questions[string] => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties, required } },
});
const sample = (prompt: string, maxTokens = 100): Questions[string] => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: text(prompt) }], maxTokens },
});
const NAME = elicit('What is your name?', { name: { type: 'string' } }, ['name']);
const OK = elicit('Please confirm', { ok: { type: 'boolean' } }, ['ok']);
const ROOTS = { method: 'roots/list', params: {} };

function contentOf(answer: JsonObject | undefined): JsonObject {
  const content = answer?.['content'];
  return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : {};
}

function completed(answer: JsonObject | undefined): JsonObject {
  return says(
    `Elicitation completed: action=${said(answer?.['action'])}, content=${JSON.stringify(contentOf(answer))}`,
  );
}

type Tool = (context: Context) => JsonObject | Promise<JsonObject>;

export const tools: Record<string, Tool> = {
  test_simple_text: () => says('This is a simple text response for testing.'),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({
    content: [embedded('test://embedded-resource', 'This is an embedded resource content.')],
  }),
  test_multiple_content_types: () => ({
    content: [
      text('Multiple content types test:'),
      image,
      embedded('test://mixed-content-resource', '{"test":"data","value":123}', 'application/json'),
    ],
  }),
  test_error_handling: () => ({ isError: true, ...says('This tool intentionally returns an error for testing') }),
  test_tool_with_logging: async ({ log }) => {
    log('Tool execution started');
    await sleep(50);
    log('Tool processing data');
    await sleep(50);
    log('Tool execution completed');
    return says('Logged three times.');
  },
  test_logging_tool: ({ log }) => {
    log('A line that only those hear who asked for it');
    return says('Logged once.');
  },
  test_tool_with_progress: async ({ progress }) => {
    progress(0, 100);
    await sleep(50);
    progress(50, 100);
    await sleep(50);
    progress(100, 100);
    return says('Progressed.');
  },
  test_sampling: async ({ arguments: { prompt }, ask }) => {
    const { answer } = await ask({ answer: sample(said(prompt)) });
    return says(`LLM response: ${JSON.stringify(contentOf(answer)['text'])}`);
  },
  test_elicitation: async ({ arguments: { message }, ask }) => {
    const fields = {
      username: { type: 'string', description: "User's response" },
      email: { type: 'string', description: "User's email address" },
    };
    const { answer } = await ask({ answer: elicit(said(message), fields, ['username', 'email']) });
    return says(`User response: action=${said(answer?.['action'])}, content=${JSON.stringify(contentOf(answer))}`);
  },
  test_elicitation_sep1034_defaults: async ({ ask }) => {
    const fields = {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    };
    const { answer } = await ask({ answer: elicit('Please review', fields, []) });
    return completed(answer);
  },
  test_elicitation_sep1330_enums: async ({ ask }) => {
    const titled = (words: [string, string][]): JsonObject[] =>
      words.map(([value, title]) => ({ const: value, title }));
    const fields = {
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      titledSingle: {
        type: 'string',
        oneOf: titled([
          ['value1', 'First Option'],
          ['value2', 'Second Option'],
          ['value3', 'Third Option'],
        ]),
      },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
      titledMulti: {
        type: 'array',
        items: {
          anyOf: titled([
            ['value1', 'First Choice'],
            ['value2', 'Second Choice'],
            ['value3', 'Third Choice'],
          ]),
        },
      },
    };
    const { answer } = await ask({ answer: elicit('Please choose', fields, []) });
    return completed(answer);
  },
  test_missing_capability: ({ capabilities }) => {
    if (capabilities['sampling'] === undefined) {
      throw new Refusal(-32021, 'Missing required client capability', { requiredCapabilities: { sampling: {} } });
    }
    return says('It is there.');
  },
  test_streaming_elicitation: async ({ ask }) => {
    const { user_name: answer } = await ask({ user_name: NAME });
    return completed(answer);
  },
  test_trigger_tool_change: ({ toggle }) => {
    toggle('tools');
    return says('Another list of tools.');
  },
  test_trigger_prompt_change: ({ toggle }) => {
    toggle('prompts');
    return says('Another list of prompts.');
  },
  test_dynamic: () => says('It comes and goes.'),
  test_input_required_result_elicitation: async ({ ask }) => {
    const { user_name: answer } = await ask({ user_name: NAME });
    return says(`Hello, ${said(contentOf(answer)['name'])}!`);
  },
  test_input_required_result_sampling: async ({ ask }) => {
    const { capital_question: answer } = await ask({ capital_question: sample('What is the capital of France?') });
    return says(`It said: ${JSON.stringify(contentOf(answer)['text'])}`);
  },
  test_input_required_result_list_roots: async ({ ask }) => {
    const { client_roots: answer } = await ask({ client_roots: ROOTS });
    return says(`Roots: ${JSON.stringify(answer?.['roots'])}`);
  },
  test_input_required_result_request_state: async ({ ask }) => {
    await ask({ confirm: OK }, true);
    return says('state-ok');
  },
  test_input_required_result_tampered_state: async ({ ask }) => {
    await ask({ confirm: OK }, true);
    return says('state-ok');
  },
  test_input_required_result_multiple_inputs: async ({ ask }) => {
    const questions = { user_name: NAME, greeting: sample('Generate a greeting', 50), client_roots: ROOTS };
    const answers = await ask(questions, true);
    return says(`Answered: ${Object.keys(answers).sort().join(', ')}`);
  },
  test_input_required_result_multi_round: async ({ ask }) => {
    const fields = (name: string): JsonObject => ({ [name]: { type: 'string' } });
    const { step1 } = await ask({ step1: elicit('Step 1: What is your name?', fields('name'), ['name']) }, true);
    const { step2 } = await ask(
      { step2: elicit('Step 2: What is your favorite color?', fields('color'), ['color']) },
      true,
    );
    return says(`${said(contentOf(step1)['name'])} likes ${said(contentOf(step2)['color'])}`);
  },
  test_input_required_result_capabilities: async ({ capabilities, ask }) => {
    await ask({
      ...(capabilities['sampling'] !== undefined && { sampled: sample('Anything') }),
      ...(capabilities['elicitation'] !== undefined && { elicited: NAME }),
    });
    return says('Asked what may be asked.');
  },
};

const ARGUMENTS: Record<string, JsonObject> = {
  test_sampling: { prompt: { type: 'string' } },
  test_elicitation: { message: { type: 'string' } },
};

export function toolList(without: ReadonlySet<string>): JsonObject[] {
  return Object.keys(tools)
    .filter((name) => !without.has(name))
    .map((name) => {
      const properties = ARGUMENTS[name] ?? {};
      const inputSchema = { type: 'object', properties, required: Object.keys(properties) };
      return { name, description: `The suite's ${name}`, inputSchema };
    });
}

interface Prompt {
  arguments?: JsonObject[];
  get(context: Context): JsonObject | Promise<JsonObject>;
}

const asks = (name: string): JsonObject => ({ name, description: `The ${name} of it`, required: true });
const user = (content: JsonObject): JsonObject => ({ role: 'user', content });

export const prompts: Record<string, Prompt> = {
  test_simple_prompt: { get: () => ({ messages: [user(text('This is a simple prompt for testing.'))] }) },
  test_prompt_with_arguments: {
    arguments: [asks('arg1'), asks('arg2')],
    get: ({ arguments: { arg1, arg2 } }) => ({
      messages: [user(text(`Prompt with arguments: arg1='${said(arg1)}', arg2='${said(arg2)}'`))],
    }),
  },
  test_prompt_with_embedded_resource: {
    arguments: [asks('resourceUri')],
    get: ({ arguments: { resourceUri } }) => ({
      messages: [
        user(embedded(said(resourceUri), 'Embedded resource content for testing.')),
        user(text('Please process the embedded resource above.')),
      ],
    }),
  },
  test_prompt_with_image: {
    get: () => ({ messages: [user(image), user(text('Please analyze the image above.'))] }),
  },
  test_input_required_result_prompt: {
    get: async ({ ask }) => {
      const question = elicit('What context should the prompt use?', { context: { type: 'string' } }, ['context']);
      const { user_context: answer } = await ask({ user_context: question });
      return { messages: [user(text(`Use this: ${said(contentOf(answer)['context'])}`))] };
    },
  },
  test_dynamic_prompt: { get: () => ({ messages: [user(text('It comes and goes.'))] }) },
};

export function promptList(without: ReadonlySet<string>): JsonObject[] {
  return Object.entries(prompts)
    .filter(([name]) => !without.has(name))
    .map(([name, { arguments: args }]) => ({
      name,
      description: `The suite's ${name}`,
      ...(args && { arguments: args }),
    }));
}

export const resources: JsonObject[] = [
  { uri: 'test://static-text', name: 'static-text', description: 'A text', mimeType: 'text/plain' },
  { uri: 'test://static-binary', name: 'static-binary', description: 'A picture', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'watched-resource', description: 'Watched', mimeType: 'text/plain' },
];

export const resourceTemplates: JsonObject[] = [
  { uriTemplate: 'test://template/{id}/data', name: 'template', description: 'By id', mimeType: 'application/json' },
];

/** null: there is no such resource. */
export function readResource(uri: string): JsonObject | null {
  const of = (content: JsonObject): JsonObject => ({ contents: [{ uri, ...content }] });
  if (uri === 'test://static-text') {
    return of({ mimeType: 'text/plain', text: 'This is the content of the static text resource.' });
  }
  if (uri === 'test://static-binary') return of({ mimeType: 'image/png', blob: PNG });
  if (uri === 'test://watched-resource') return of({ mimeType: 'text/plain', text: 'Watched.' });
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) return null;
  const data = { id, templateTest: true, data: `Data for ID: ${id}` };
  return of({ mimeType: 'application/json', text: JSON.stringify(data) });
}
