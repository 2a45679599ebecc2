/**
 * The guest-physical memory of a virtual machine, and the listeners that are told of writes to it.
 *
 * <p>Must not be here: devices, instructions, virtual addresses.
 */
package atoll.memory;
