/** MMIO bus, interrupt lines and the board devices. */
module atoll.device {
  requires transitive atoll.host;
  requires transitive atoll.memory;

  exports atoll.device;
  exports atoll.device.spi;
}
