/**
 * The command line: parses arguments into an {@link atoll.manager.VmAction}, and prints the result.
 * Must not be here: logic that another front would need as well.
 */
package atoll.front;
