/**
 * What a scenario file says, as records, and the rules that it must keep; a message about it has
 * the line and column in the file. {@link atoll.scenario.ScenarioReader} is the way in.
 *
 * <p>Must not be here: files of the host other than the scenario, how a machine is made.
 */
package atoll.scenario;
