/**
 * Property tests begin from one seed, so that a run of CI says something of the change and not of the day. Another one,
 * or a new one each time: TOOLCRIB_TEST_SEED=NUMBER or `random`, which whoever looks for more than a regression sets.
 */
import fc from 'fast-check';

const USUAL = 20261128;
const asked = process.env.TOOLCRIB_TEST_SEED ?? String(USUAL);

if (asked !== 'random') fc.configureGlobal({ seed: Number(asked) });
