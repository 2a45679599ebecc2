/**
 * Test scripts as they are run: a system for each case, its steps one after the other, and what is
 * told of it. What a script says is read elsewhere ({@link atoll.scenario.TestScriptReader}); all
 * that is done to a system is done by the library ({@link atoll.api.Atoll}).
 *
 * <p>Must not be here: YAML, options, terminals.
 */
package atoll.script;
