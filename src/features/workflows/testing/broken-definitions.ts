/**
 * Definitions in which something is wrong, and everything that their authors are told: line, column,
 * path and message. The line break behind the first backtick is no part of the text.
 */
export const BROKEN_DEFINITIONS: readonly [name: string, source: string, problems: string[]][] = [
  [
    'nothing at all',
    `
`,
    ['1:1 a definition is an object with `name`, `version` and `steps`'],
  ],
  [
    'a list instead of an object',
    `
- name: order
`,
    ['1:1 a definition is an object with `name`, `version` and `steps`'],
  ],
  [
    'text instead of an object',
    `
order
`,
    ['1:1 a definition is an object with `name`, `version` and `steps`'],
  ],
  [
    'a tab as indentation',
    `
name: order
version: 1.0.0
steps:
\treserve:
\t\tagent: stock
`,
    ['4:1 indent with spaces; YAML allows no tabs'],
  ],
  [
    'a quote that is never closed',
    `
name: order
version: 1.0.0
description: "an order
steps: { reserve: { agent: stock } }
`,
    ['3:14 the quote that begins here is never closed'],
  ],
  [
    'a bracket that is never closed',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    needs: [pay
`,
    ['6:12 the bracket that begins here is not closed'],
  ],
  [
    'a line that is indented too little',
    `
name: order
version: 1.0.0
steps:
  reserve:
      agent: stock
    title: Reserve
`,
    ['6:1 this line is not indented like those that it belongs to'],
  ],
  [
    'a condition with a colon, not in quotes',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    input: \${trigger.vip ? 1 : 2}
`,
    [
      '6:12 this cannot stand here; text with a colon and a space in it, such as `a ? b : c`, must be in quotes',
    ],
  ],
  [
    'two documents in one file',
    `
name: order
version: 1.0.0
steps: { reserve: { agent: stock } }
---
name: other
`,
    ['4:1 the file holds more than one document; a file is one workflow'],
  ],
  [
    'the same key twice',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    agent: shelf
`,
    ['6:5 steps.reserve.agent: `agent` stands here a second time; the first is in line 5'],
  ],
  [
    'two steps of one name',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
  pay:
    agent: bank
  reserve:
    agent: shelf
`,
    ['8:3 steps.reserve: `reserve` stands here a second time; the first is in line 4'],
  ],
  [
    'an alias without its anchor',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: *stock
`,
    ['5:12 steps.reserve.agent: the alias `*stock` names no anchor above it'],
  ],
  [
    'an alias within what it stands for',
    `
name: order
version: 1.0.0
payload: &all
  again: *all
steps: { reserve: { agent: stock } }
`,
    ['4:10 payload.again.again: `*all` stands within what it stands for'],
  ],
  [
    'aliases that multiply',
    `
name: order
version: 1.0.0
payload:
  a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
  d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
steps: { reserve: { agent: stock } }
`,
    ['7:38 payload.d[7][1][0][6]: aliases make more than 10,000 values; write less of them'],
  ],
  [
    'a tag that YAML does not know',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: !secret stock
`,
    ['5:12 unresolved tag: !secret'],
  ],
  [
    'a key that is no text',
    `
name: order
version: 1.0.0
payload:
  [a, b]: 1
steps: { reserve: { agent: stock } }
`,
    ['4:3 payload: a key must be text'],
  ],
  [
    'a number too long to be kept',
    `
name: order
version: 1.0.0
payload: { account: 12345678901234567890 }
steps: { reserve: { agent: stock } }
`,
    [
      '3:21 payload.account: the number is too long to be kept exactly; write it as text, in quotes',
    ],
  ],
  [
    'a number that JSON does not have',
    `
name: order
version: 1.0.0
payload: { limit: .inf }
steps: { reserve: { agent: stock } }
`,
    ['3:19 payload.limit: JSON has no such number'],
  ],
  [
    'the character U+0000',
    `
name: order
version: 1.0.0
payload: { mark: "a\\0b" }
steps: { reserve: { agent: stock } }
`,
    ['3:18 payload.mark: the text holds U+0000 or half a character, which cannot be kept'],
  ],
  [
    'JSON with a comma too many',
    `
{
  "name": "order",
  "version": "1.0.0",
  "steps": { "reserve": { "agent": "stock" }, }
}
`,
    ['4:47 this is no JSON: Expected double-quoted property name'],
  ],
  [
    'JSON that ends too early',
    `
{
  "name": "order",
  "version": "1.0.0"
`,
    [`4:1 this is no JSON: Expected ',' or '}' after property value`],
  ],
  [
    'JSON with the same key twice',
    `
{
  "name": "order",
  "version": "1.0.0",
  "version": "1.0.1",
  "steps": { "reserve": { "agent": "stock" } }
}
`,
    ['4:3 version: `version` stands here a second time; the first is in line 3'],
  ],
  [
    'no name, no version, no steps',
    `
description: An order
`,
    [
      '1:1 name: `name` is missing',
      '1:1 version: `version` is missing',
      '1:1 steps: `steps` is missing',
    ],
  ],
  [
    'a name with capitals, a version of two numbers',
    `
name: Order Flow
version: "1.0"
steps: { reserve: { agent: stock } }
`,
    [
      '1:7 name: must be lower-case letters, digits and single hyphens, such as "word-count"',
      '2:10 version: must be a semantic version such as "1.0.0"',
    ],
  ],
  [
    'a version that YAML takes for a number',
    `
name: order
version: 1.0
steps: { reserve: { agent: stock } }
`,
    ['2:10 version: must be text, not a number; put it in quotes'],
  ],
  [
    'steps as a list',
    `
name: order
version: 1.0.0
steps:
  - reserve
`,
    ['4:3 steps: must be an object, not a list'],
  ],
  [
    'no steps in steps',
    `
name: order
version: 1.0.0
steps: {}
`,
    ['3:8 steps: a workflow has at least one step'],
  ],
  [
    'a step that is empty',
    `
name: order
version: 1.0.0
steps:
  reserve:
`,
    ['4:11 steps.reserve: must be an object, not empty'],
  ],
  [
    'a step name with a hyphen',
    `
name: order
version: 1.0.0
steps:
  reserve-stock:
    agent: stock
`,
    [
      '4:3 steps.reserve-stock: a step’s name is made of lower-case letters, digits and underscores and begins with a letter',
    ],
  ],
  [
    'misspelt keys',
    `
name: order
version: 1.0.0
timeout: 60
steps:
  reserve:
    agnet: stock
    need: pay
  pay:
    agent: bank
`,
    [
      '3:1 timeout: there is no key `timeout` here; did you mean `timeout_seconds`?',
      '6:5 steps.reserve.agnet: there is no key `agnet` here; did you mean `agent`?',
      '7:5 steps.reserve.need: there is no key `need` here; did you mean `needs`?',
    ],
  ],
  [
    'a key that belongs elsewhere',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    deadline_seconds: 5
`,
    ['6:5 steps.reserve.deadline_seconds: there is no key `deadline_seconds` here'],
  ],
  [
    'a prototype key',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    __proto__: { agent: shelf }
`,
    ['6:5 steps.reserve.__proto__: `__proto__` cannot be a key'],
  ],
  [
    'values of wrong types',
    `
name: order
version: 1.0.0
tags: urgent
steps:
  reserve:
    agent: 7
    max_retries: "3"
    needs: { pay: true }
    payload: done
`,
    [
      '3:7 tags: must be a list, not text',
      '6:12 steps.reserve.agent: must be text, not a number; put it in quotes',
      '7:18 steps.reserve.max_retries: must be a number, not text',
      '8:12 steps.reserve.needs: must be text or a list, not an object',
      '9:14 steps.reserve.payload: must be an object, not text',
    ],
  ],
  [
    'values out of bounds',
    `
name: order
version: 1.0.0
cost_limit: -1
timeout_seconds: 0
steps:
  reserve:
    agent: stock
    max_retries: 1000
    timeouts: { execution_seconds: -5 }
`,
    [
      '3:13 cost_limit: must be at least 0',
      '4:18 timeout_seconds: must be more than 0',
      '8:18 steps.reserve.max_retries: must be at most 100',
      '9:36 steps.reserve.timeouts.execution_seconds: must be more than 0',
    ],
  ],
  [
    'words that are not among those allowed',
    `
name: order
version: 1.0.0
on_failure: retry
steps:
  reserve:
    agent: stock
    priority: hihg
    no_retry_on: [timeuot]
    backoff: { kind: exponential, jitter: half }
`,
    [
      '3:13 on_failure: must be one of fail, compensate, continue, hold',
      '7:15 steps.reserve.priority: must be one of urgent, high, medium, low; did you mean `high`?',
      '8:19 steps.reserve.no_retry_on[0]: must be one of retriable, permanent, rate_limited, timeout, sandbox_violation, budget_exceeded; did you mean `timeout`?',
      '9:43 steps.reserve.backoff.jitter: must be one of equal, full, none',
    ],
  ],
  [
    'an amount that is no amount',
    `
name: order
version: 1.0.0
cost_limit: 5 dollars
steps: { reserve: { agent: stock } }
`,
    ['3:13 cost_limit: must be a decimal below 1,000,000,000 such as "0.25"'],
  ],
  [
    'a step that does nothing',
    `
name: order
version: 1.0.0
steps:
  reserve:
    title: Reserve the goods
`,
    [
      '4:3 steps.reserve: the step does nothing: give it one of agent, capability, workflow, approval, signal, delay',
    ],
  ],
  [
    'a step that does two things',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    capability: storage
`,
    ['6:5 steps.reserve.capability: a step does one thing, and `agent` is here already'],
  ],
  [
    'keys that mean nothing for an approval',
    `
name: order
version: 1.0.0
steps:
  check:
    approval: Ship it?
    input: { a: 1 }
    max_retries: 3
    compensation: { agent: undo }
`,
    [
      '6:5 steps.check.input: `input` means nothing for a step with `approval`; an approval takes it within, beside `message`',
      '7:5 steps.check.max_retries: `max_retries` means nothing for a step with `approval`; it belongs to a step with agent or capability',
      '8:5 steps.check.compensation: `compensation` means nothing for a step with `approval`; it belongs to a step with agent or capability',
    ],
  ],
  [
    'an approval without a message',
    `
name: order
version: 1.0.0
steps:
  check:
    approval: { deadline_seconds: 60 }
`,
    ['5:5 steps.check.approval.message: `message` is missing'],
  ],
  [
    'a fan-out of a delay',
    `
name: order
version: 1.0.0
steps:
  rest:
    delay: 5
    for_each: trigger.items
`,
    [
      '6:5 steps.rest.for_each: `for_each` means nothing for a step with `delay`; it belongs to a step with agent, capability or workflow',
    ],
  ],
  [
    'a delay of both kinds, and of none',
    `
name: order
version: 1.0.0
steps:
  one:
    delay: { seconds: 5, until: trigger.at }
  two:
    delay: {}
`,
    [
      '5:5 steps.one.delay: a delay has either `seconds` or `until`',
      '7:5 steps.two.delay: a delay has either `seconds` or `until`',
    ],
  ],
  [
    'a compensation by nobody, and by two',
    `
name: order
version: 1.0.0
steps:
  one:
    agent: stock
    compensation: { input: x }
  two:
    agent: stock
    compensation: { agent: undo, capability: undoing }
`,
    [
      '6:5 steps.one.compensation: a compensation needs an agent or a capability',
      '9:34 steps.two.compensation.capability: a compensation has either an agent or a capability',
    ],
  ],
  [
    'an unknown need',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
  ship:
    agent: carrier
    needs: [resevre, invoice]
`,
    [
      '8:13 steps.ship.needs[0]: there is no step `resevre`; did you mean `reserve`?',
      '8:22 steps.ship.needs[1]: there is no step `invoice`',
    ],
  ],
  [
    'a need named twice, and a step that needs itself',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    needs: reserve
  ship:
    agent: carrier
    needs: [reserve, reserve]
`,
    [
      '6:12 steps.reserve.needs: a step cannot need itself',
      '9:22 steps.ship.needs[1]: `reserve` is needed twice',
    ],
  ],
  [
    'a cycle, and a step behind it that is never reached',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    needs: [ship]
  pay:
    agent: bank
    needs: [reserve]
  ship:
    agent: carrier
    needs: [pay]
  thank:
    agent: mail
    needs: [ship]
`,
    [
      '6:5 steps.reserve.needs: the steps wait for each other: reserve → pay → ship → reserve',
      '13:3 steps.thank: the step can never be reached: it waits for steps that wait for each other',
    ],
  ],
  [
    'a workflow that runs itself',
    `
name: order
version: 1.0.0
steps:
  again:
    workflow: order
  once_more:
    workflow: order@1.0.0
`,
    [
      '5:15 steps.again.workflow: the workflow runs itself, which never ends',
      '7:15 steps.once_more.workflow: the workflow runs itself, which never ends',
    ],
  ],
  [
    'an expression that ends too early',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    when: trigger.total >
`,
    ['6:26 steps.reserve.when: `trigger.total >`: ends too early'],
  ],
  [
    'a single equals sign',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    when: trigger.kind = 'gift'
`,
    [
      `6:24 steps.reserve.when: \`trigger.kind = 'gift'\`: a single \`=\` means nothing; compare with \`==\``,
    ],
  ],
  [
    'a brace that is not closed',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    input:
      order: "no. \${trigger.id"
`,
    ['7:19 steps.reserve.input.order: `${` is not closed by `}`'],
  ],
  [
    'an empty expression',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    input: "\${ }"
`,
    ['6:16 steps.reserve.input: the expression is empty'],
  ],
  [
    'a fault in the third line of a block of text',
    `
name: order
version: 1.0.0
steps:
  mail:
    agent: mail
    input:
      text: |
        Dear \${trigger.name},
        thank you for your order.
        You pay \${trigger.total * } dollars.
`,
    ['10:34 steps.mail.input.text: `trigger.total *`: ends too early'],
  ],
  [
    'a fault within quotes',
    `
name: order
version: 1.0.0
steps:
  mail:
    agent: mail
    input: "Dear \\"\${trigger.name}\\", \${1 +}"
`,
    ['6:44 steps.mail.input: `1 +`: ends too early'],
  ],
  [
    'an unknown variable',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    input: \${tirgger.id}
    when: order.total > 5
`,
    [
      '6:14 steps.reserve.input: `tirgger.id`: there is no variable `tirgger`; did you mean `trigger`?',
      '7:11 steps.reserve.when: `order.total > 5`: there is no variable `order`',
    ],
  ],
  [
    'an unknown function',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    input: \${trigger.name.toUpperCase()}
    when: contains(trigger.name, 'x')
`,
    [
      '6:14 steps.reserve.input: `trigger.name.toUpperCase()`: there is no method `toUpperCase`',
      `7:11 steps.reserve.when: \`contains(trigger.name, 'x')\`: there is no function \`contains\``,
    ],
  ],
  [
    'a step that is not there',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
  ship:
    agent: carrier
    needs: reserve
    input: \${steps.resreve.result}
`,
    [
      '9:14 steps.ship.input: `steps.resreve.result`: there is no step `resreve`; did you mean `reserve`?',
    ],
  ],
  [
    'a step that may not have ended',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
  ship:
    agent: carrier
    input: \${steps.reserve.result}
`,
    [
      '8:14 steps.ship.input: `steps.reserve.result`: `reserve` may not have ended yet: name it among the step’s `needs`',
    ],
  ],
  [
    'a step that reads its own outcome',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    input: \${steps.reserve.result}
`,
    ['6:14 steps.reserve.input: `steps.reserve.result`: the step itself has not run yet'],
  ],
  [
    'a field that outcomes do not have',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
  ship:
    agent: carrier
    needs: reserve
    input: \${steps.reserve.results}
`,
    [
      '9:28 steps.ship.input: `steps.reserve.results`: there is no field `results`; did you mean `result`?',
    ],
  ],
  [
    'item outside of a fan-out, result in an input',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    input: { a: "\${item}", b: "\${result}", c: "\${error}" }
`,
    [
      '6:20 steps.reserve.input.a: `item`: `item` is an element of a fan-out; only `input` and `compensation` of a step with `for_each` know it',
      '6:34 steps.reserve.input.b: `result`: `result` is what the step answered; only its `payload` and `compensation` know it',
      '6:50 steps.reserve.input.c: `error`: `error` is why the run is undone; only a `compensation` knows it',
    ],
  ],
  [
    'item in the condition of a fan-out',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    for_each: trigger.lines
    when: item.count > 0
`,
    [
      '7:11 steps.reserve.when: `item.count > 0`: `item` is an element of a fan-out; only `input` and `compensation` of a step with `for_each` know it',
    ],
  ],
  [
    'steps and payload in the first payload',
    `
name: order
version: 1.0.0
payload:
  a: \${steps.reserve.result}
  b: \${payload.a}
steps: { reserve: { agent: stock } }
`,
    [
      '4:8 payload.a: `steps.reserve.result`: no step has run yet',
      '5:8 payload.b: `payload.a`: `payload` has no value yet; its first value can be made of `trigger` and `run`',
    ],
  ],
  [
    'conditions that give no condition',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    when: "'yes'"
  pay:
    agent: bank
    when: 1 + 1
  ship:
    agent: carrier
    when: "false"
`,
    [
      `6:12 steps.reserve.when: \`'yes'\` gives string; a condition is true or false`,
      '9:11 steps.pay.when: `1 + 1` gives int; a condition is true or false',
      '12:12 steps.ship.when: `false` is never true, so the step never runs',
    ],
  ],
  [
    'a fan-out over no list, a delay of no number, a moment of no time',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    for_each: "{'a': 1}"
  rest:
    delay: "'soon'"
  wait:
    delay: { until: "5" }
`,
    [
      `6:16 steps.reserve.for_each: \`{'a': 1}\` gives map<string, int>; \`for_each\` goes through a list`,
      `8:13 steps.rest.delay: \`'soon'\` gives string; seconds is a number`,
      '10:22 steps.wait.delay.until: `5` gives int; `until` is a timestamp',
    ],
  ],
  [
    'a field that the schema of the trigger does not have',
    `
name: order
version: 1.0.0
trigger:
  schema:
    type: object
    properties:
      total: { type: number }
      name: { type: string }
      lines:
        type: array
        items:
          type: object
          properties:
            sku: { type: string }
            count: { type: integer }
steps:
  reserve:
    agent: stock
    when: trigger.totl > 5
`,
    [
      '19:19 steps.reserve.when: `trigger.totl > 5`: there is no field `totl`; did you mean `total`?',
    ],
  ],
  [
    'types of the trigger that do not go together',
    `
name: order
version: 1.0.0
trigger:
  schema:
    type: object
    properties:
      total: { type: number }
      name: { type: string }
      lines:
        type: array
        items:
          type: object
          properties:
            sku: { type: string }
            count: { type: integer }
steps:
  reserve:
    agent: stock
    when: trigger.total > "5"
  pay:
    agent: bank
    input: \${"total " + trigger.total}
  ship:
    agent: carrier
    for_each: trigger.name
`,
    [
      '19:11 steps.reserve.when: `trigger.total > "5"`: double > string is not possible',
      '22:14 steps.pay.input: `"total " + trigger.total`: string + double is not possible; make the number a text with string()',
      '25:15 steps.ship.for_each: `trigger.name` gives string; `for_each` goes through a list',
    ],
  ],
  [
    'elements of a typed fan-out',
    `
name: order
version: 1.0.0
trigger:
  schema:
    type: object
    properties:
      total: { type: number }
      name: { type: string }
      lines:
        type: array
        items:
          type: object
          properties:
            sku: { type: string }
            count: { type: integer }
steps:
  reserve:
    agent: stock
    for_each: trigger.lines
    input: { sku: "\${item.skuu}", count: "\${item.count + item.sku}" }
`,
    [
      '20:27 steps.reserve.input.sku: `item.skuu`: there is no field `skuu`; did you mean `sku`?',
      '20:45 steps.reserve.input.count: `item.count + item.sku`: int + string is not possible; make the number a text with string()',
    ],
  ],
  [
    'an expression in a key',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    input:
      "\${trigger.name}": 1
`,
    [
      '7:7 steps.reserve.input.${trigger.name}: keys are taken as they are; expressions stand in values only',
    ],
  ],
  [
    'a pattern that is no pattern',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    when: trigger.name.matches('(')
`,
    [
      `6:32 steps.reserve.when: \`trigger.name.matches('(')\`: \`(\` is no pattern: error parsing regexp: missing closing ): \`(\``,
    ],
  ],
  [
    'a schema that is no schema',
    `
name: order
version: 1.0.0
trigger:
  schema:
    type: objekt
    required: name
steps: { reserve: { agent: stock } }
`,
    [
      '5:11 trigger.schema.type: the schema is no JSON Schema: must be equal to one of the allowed values: array, boolean, integer, null, number, object, string',
      '6:15 trigger.schema.required: the schema is no JSON Schema: must be array',
    ],
  ],
  [
    'a schema with a broken pattern',
    `
name: order
version: 1.0.0
trigger:
  schema:
    type: string
    pattern: "(a"
steps: { reserve: { agent: stock } }
`,
    ['6:14 trigger.schema.pattern: this is no pattern: missing closing ): `(a`'],
  ],
  [
    'a schema that refers to nothing',
    `
name: order
version: 1.0.0
trigger:
  schema: { $ref: "#/$defs/none" }
steps: { reserve: { agent: stock } }
`,
    ['4:19 trigger.schema.$ref: the reference leads nowhere: #/$defs/none'],
  ],
  [
    'many faults at once',
    `
name: Order
version: one
steps:
  reserve:
    agent: stock
    needs: [chekc]
    when: trigger.total >
  check:
    approval:
      deadline: 5
  ship:
    capability: shipping
    priority: now
output: \${steps.shp.result}
`,
    [
      '1:7 name: must be lower-case letters, digits and single hyphens, such as "word-count"',
      '2:10 version: must be a semantic version such as "1.0.0"',
      '6:13 steps.reserve.needs[0]: there is no step `chekc`; did you mean `check`?',
      '7:26 steps.reserve.when: `trigger.total >`: ends too early',
      '9:5 steps.check.approval.message: `message` is missing',
      '10:7 steps.check.approval.deadline: there is no key `deadline` here; did you mean `deadline_seconds`?',
      '13:15 steps.ship.priority: must be one of urgent, high, medium, low; did you mean `low`?',
      '14:11 output: `steps.shp.result`: there is no step `shp`; did you mean `ship`?',
    ],
  ],
  [
    'keys as other languages call them',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    retries: 3
    if: trigger.total > 5
  ship:
    agent: carrier
    depends_on: reserve
    on_error: fail
`,
    [
      '6:5 steps.reserve.retries: there is no key `retries` here; did you mean `max_retries`?',
      '7:5 steps.reserve.if: there is no key `if` here; did you mean `when`?',
      '10:5 steps.ship.depends_on: there is no key `depends_on` here; did you mean `needs`?',
      '11:5 steps.ship.on_error: there is no key `on_error` here; did you mean `on_failure`?',
    ],
  ],
  [
    'operators as other languages write them',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    when: trigger.paid and not trigger.gift
  pay:
    agent: bank
    when: \${trigger.paid} || \${trigger.gift}
`,
    [
      '6:24 steps.reserve.when: `trigger.paid and not trigger.gift`: write `&&` for and, `||` for or, `!` for not',
      '9:13 steps.pay.when: all of this is one expression: leave out `${` and `}`',
    ],
  ],
  [
    'delays with units',
    `
name: order
version: 1.0.0
steps:
  one: { delay: 5 minutes }
  two: { delay: { seconds: 1.5h } }
  three: { delay: PT5M }
`,
    [
      '4:17 steps.one.delay: a delay is a number of seconds: 300',
      '5:28 steps.two.delay.seconds: a delay is a number of seconds: 5400',
      '6:19 steps.three.delay: a delay is a number of seconds',
    ],
  ],
  [
    'keys that should be merged',
    `
name: order
version: 1.0.0
steps:
  reserve: &task
    agent: stock
  ship:
    <<: *task
    capability: shipping
`,
    ['7:5 steps.ship.<<: `<<` merges nothing in YAML 1.2; write the keys out'],
  ],
  [
    'an expression for a name',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: \${trigger.agent}
    compensation: { capability: "\${item}" }
`,
    [
      '5:12 steps.reserve.agent: a name is taken as it is; no expression can stand here',
      '6:33 steps.reserve.compensation.capability: a name is taken as it is; no expression can stand here',
    ],
  ],
  [
    'a fault in the last line of a folded expression',
    `
name: order
version: 1.0.0
steps:
  reserve:
    agent: stock
    when: >
      trigger.total > 5 &&
      trigger.kind ==
`,
    ['8:22 steps.reserve.when: `trigger.total > 5 && trigger.kind ==`: ends too early'],
  ],
]
