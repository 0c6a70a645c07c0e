import assert from 'node:assert/strict'
import bitrix from '@2bad/bitrix'
import { run } from './scenario.mjs'

// It holds itself back to two requests a second.
const shop = bitrix.default(process.env.BITRIX24.replace(/\/$/, ''))

const call = async (method, params) => (await shop.call(method, params)).result
const allOf = async (method, params) => (await shop.list(method, params)).result
const batch = async (commands) => {
  const labelled = Object.fromEntries(Object.entries(commands).map(([label, [method, params]]) => [label, { method, params }]))
  const answer = await shop.batch(labelled)
  assert.deepEqual(answer.result.result_error, [])
  return answer.result.result
}

await run(call, allOf, batch)

// Its own words for the same.
const made = await shop.contacts.create({ NAME: 'Cy' })
assert.equal((await shop.contacts.get(String(made.result))).result.NAME, 'Cy')
const { result, total } = await shop.deals.list({ filter: { UTM_SOURCE: 'bulk' }, select: ['ID'] })
assert.deepEqual([result.length, total], [125, 125])
