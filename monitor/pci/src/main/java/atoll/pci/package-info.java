/**
 * PCI Express as a board has it: a host bridge whose functions are integrated, each with its
 * configuration space, base address registers (BARs) and interrupts. What a function does is not
 * known here. Section numbers are those of the PCI Express Base Specification 5.0, or of PCI Local
 * Bus 3.0 where "PCI" stands before them.
 */
package atoll.pci;
