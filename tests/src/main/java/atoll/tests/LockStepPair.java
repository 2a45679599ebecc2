package atoll.tests;

import atoll.engine.Engine;

/**
 * Two that run in lock-step.
 *
 * @param oracle what is right
 * @param engine what is tried
 * @param forgetful whether what is tried forgets its translations of addresses now and then, as
 *     every hart may: a program on which that shows depends on what the specification leaves open
 */
record LockStepPair(Engine oracle, Engine engine, boolean forgetful) {}
