/** The monitor of one virtual machine. */
package atoll.vmm;
