package atoll.vmm;

import atoll.device.Aclint;
import atoll.device.AclintSswi;
import atoll.device.Channel;
import atoll.device.GoldfishRtc;
import atoll.device.Plic;
import atoll.device.SifiveGpio;
import atoll.device.SunxiWatchdog;
import atoll.device.TestFinisher;
import atoll.device.Uart16550;
import atoll.engine.HartGroup;

/**
 * Where things are on the board: the layout of the {@code virt} machine that RISC-V operating
 * systems are built for. Addresses are guest-physical.
 */
enum BoardMap {
  FINISHER(0x0010_0000L, TestFinisher.SIZE, 0),
  RTC(0x0010_1000L, GoldfishRtc.SIZE, 11),
  WATCHDOG(0x0010_2000L, SunxiWatchdog.SIZE, 12),
  ACLINT(0x0200_0000L, Aclint.SIZE, 0),
  SSWI(0x02f0_0000L, AclintSswi.SIZE, 0),
  /** The first of the channel endpoints. */
  CHANNEL(0x0400_0000L, Channel.SIZE, 64),
  /** Its first pin's interrupt; a pin for each channel. */
  GPIO(0x0401_0000L, SifiveGpio.SIZE, 80),
  PLIC(0x0c00_0000L, Plic.SIZE, 0),
  UART(0x1000_0000L, Uart16550.SIZE, 10),
  /** The first of the virtio-mmio slots. */
  VIRTIO(0x1000_1000L, 0x1000L, 1);

  /** Guest-physical address of the first byte of RAM. */
  static final long RAM_BASE = 0x8000_0000L;

  /** Virtio-mmio slots, with addresses and interrupts that follow each other. */
  static final int VIRTIO_SLOTS = 8;

  /** Most channel endpoints, with registers and interrupts that follow each other. */
  static final int MAX_CHANNELS = 16;

  /** Guest-physical address of the first channel's shared memory; the others follow it. */
  static final long WINDOWS_BASE = 0x0600_0000L;

  /** Where the last window ends at the latest. */
  static final long WINDOWS_END = PLIC.base;

  /** Interrupt sources of the PLIC, as on QEMU's board. */
  static final int PLIC_SOURCES = 96;

  /** Ticks of {@code time} in a second. */
  static final int TIMEBASE_HZ = 10_000_000;

  /** Bytes of a cache block, for Zicbom, Zicbop and Zicboz. */
  static final int CACHE_BLOCK = 64;

  /** Most harts of a machine. */
  static final int MAX_HARTS = HartGroup.MOST_HARTS;

  final long base;
  final long size;

  /** PLIC source, or 0 without. */
  final int interrupt;

  BoardMap(long base, long size, int interrupt) {
    this.base = base;
    this.size = size;
    this.interrupt = interrupt;
  }

  static long virtioBase(int slot) {
    return VIRTIO.base + slot * VIRTIO.size;
  }

  static int virtioInterrupt(int slot) {
    return VIRTIO.interrupt + slot;
  }

  static long channelBase(int n) {
    return CHANNEL.base + n * CHANNEL.size;
  }

  static int channelInterrupt(int n) {
    return CHANNEL.interrupt + n;
  }

  static int gpioInterrupt(int pin) {
    return GPIO.interrupt + pin;
  }
}
