/**
 * Atoll as a library: whole systems of virtual machines inside a program or a unit test.
 *
 * <p>{@link atoll.api.Atoll} is where to begin. What it gives is an {@link atoll.api.AtollSystem}
 * with its {@link atoll.api.Vm}s, each with a {@link atoll.api.Console}, memory, registers and, if
 * there is a Linux, commands and files. This package shows no type of Atoll's other modules, and
 * parses and decides nothing that they could.
 *
 * <p>Everything here may be used by several threads at once, except the builders. A method that
 * waits ends when its thread is interrupted, with {@link atoll.api.InterruptedWaitException}.
 */
package atoll.api;
