/**
 * Consoles on a terminal, a pipe or a file of the host, and who of several guests has the terminal.
 * What a guest talks to is a {@link atoll.device.spi.ConsoleBackend}.
 *
 * <p>Must not be here: guest memory, the UART and virtio, what the words of a command mean.
 */
package atoll.console;
