/**
 * The guest-physical memory of a virtual machine, and who hears of writes to it.
 *
 * <p>Must not be here: devices, instructions, virtual addresses.
 */
package atoll.memory;
