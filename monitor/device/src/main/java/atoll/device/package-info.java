/**
 * The memory-mapped I/O bus, interrupt lines and the devices of the board: UART, PLIC, ACLINT, RTC,
 * test finisher, channels to other machines, GPIO, watchdog; and what makes a device of a user's
 * own one of them.
 *
 * <p>Devices see offsets, widths and a clock. Must not be here: harts, instructions, addresses of a
 * particular board, host files and terminals.
 */
package atoll.device;
