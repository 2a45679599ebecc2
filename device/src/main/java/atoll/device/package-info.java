/** MMIO bus, interrupt lines and the board devices. */
package atoll.device;
