/** Guest-physical memory of a virtual machine and what watches it. */
package atoll.memory;
