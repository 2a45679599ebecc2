package atoll.vmm;

import atoll.vmm.BootPlan.Piece;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides what goes where in a machine's memory at its start: kernel or firmware where they want to
 * be, the device tree near the top, the initial RAM disk below it. Used once.
 */
final class Bootloader {
  private static final long MIB = 1 << 20;

  /** The device tree stays below this, so that 32-bit-minded firmware reaches it; as QEMU does. */
  private static final long TREE_CEILING = 0xc000_0000L;

  /** From this much memory on, the tree is aligned to a megapage, as kernels map it most easily. */
  private static final long ROOMY = 32 * MIB;

  /** Counted in the tree's size: U-Boot and others add to the tree in place, and trust it. */
  private static final int TREE_PADDING = 8 << 10;

  /** Behind that: firmware adds to the tree in place without asking for its size. */
  private static final long TREE_ROOM = 64 << 10;

  private static final long PAGE = 4096;

  /** Kernels that do not say where they want to be. */
  private static final long KERNEL_BASE = BoardPlan.RAM_BASE + LinuxImage.DEFAULT_OFFSET;

  private final VmConfig config;
  private final Arena arena;
  private final MemoryPlan plan;
  private final List<Piece> pieces = new ArrayList<>();
  private final List<BootCheck.Finding> notes = new ArrayList<>();
  private BootPart part = BootPart.MEMORY;
  private boolean linux;
  private byte[] deviceTree;

  /**
   * A boot of the machine that {@code config} describes.
   *
   * @param arena keeps the images until they have been loaded
   */
  Bootloader(VmConfig config, Arena arena) {
    this.config = config;
    this.arena = arena;
    this.plan = new MemoryPlan(BoardPlan.RAM_BASE, config.memory());
  }

  /**
   * Finds a place for everything.
   *
   * @throws VmException if an image cannot be used or does not fit
   */
  BootPlan plan() {
    long next = 0;
    long entry =
        switch (config.boot()) {
          case Boot.KernelBoot boot -> kernel(boot.kernel());
          case Boot.FlashBoot _ -> flash(config.flash().orElseThrow().code());
          case Boot.FirmwareBoot boot -> {
            next = boot.kernel().map(this::nextStage).orElse(0L);
            yield firmware(boot.firmware());
          }
        };
    long tree = tree();
    long info = config.machineMode() ? firmwareInfo(next) : 0;
    return new BootPlan(pieces, entry, tree, info);
  }

  /**
   * Looks at one part, as if the others were not there.
   *
   * @throws VmException if it cannot be used or does not fit
   */
  void inspect(BootPart which) {
    switch (which) {
      case KERNEL -> {
        switch (config.boot()) {
          case Boot.KernelBoot boot -> kernel(boot.kernel());
          case Boot.FlashBoot _ -> {}
          case Boot.FirmwareBoot boot -> boot.kernel().ifPresent(this::nextStage);
        }
      }
      case FIRMWARE -> {
        config.flash().ifPresent(flash -> flash(flash.code()));
        if (config.boot() instanceof Boot.FirmwareBoot boot) {
          firmware(boot.firmware());
        }
      }
      case INITRD -> config.boot().initrd().ifPresent(image -> initrd(initrdBytes(image)));
      case DEVICE_TREE -> config.boot().deviceTree().ifPresent(this::given);
      case MEMORY -> {} // Which takes all parts together.
    }
  }

  /** What is being worked on: what an exception is about. */
  BootPart part() {
    return part;
  }

  /** What a user may want to know of the images. */
  List<BootCheck.Finding> notes() {
    return notes;
  }

  /** The tree's bytes, once {@link #plan} has been made. */
  byte[] deviceTree() {
    return deviceTree;
  }

  private long kernel(Image image) {
    part = BootPart.KERNEL;
    MemorySegment bytes = unpacked(image);
    if (ElfImage.matches(bytes)) {
      return elf(image.name(), bytes, KERNEL_BASE);
    }
    if (LinuxImage.matches(bytes)) {
      return linux(image.name(), bytes);
    }
    ForeignImage.refuse(image.name(), bytes, part);
    if (RawKernel.matches(bytes)) {
      return raw(image.name(), bytes, KERNEL_BASE);
    }
    throw ForeignImage.unknown(image.name(), bytes);
  }

  private long linux(String name, MemorySegment bytes) {
    LinuxImage image = LinuxImage.of(name, bytes);
    linux = true;
    long start = BoardPlan.RAM_BASE + image.textOffset();
    add(name, start, bytes, image.size());
    return start;
  }

  private long elf(String name, MemorySegment bytes, long base) {
    ElfImage image = ElfImage.of(name, bytes).above(base);
    for (ElfImage.Segment segment : image.segments()) {
      add(name, segment.address(), segment.bytes(), segment.size());
    }
    return image.entry();
  }

  private long firmware(Image image) {
    part = BootPart.FIRMWARE;
    MemorySegment bytes = image.map(arena);
    if (ElfImage.matches(bytes)) {
      return elf(image.name(), bytes, BoardPlan.RAM_BASE);
    }
    ForeignImage.refuse(image.name(), bytes, part);
    return raw(image.name(), bytes, BoardPlan.RAM_BASE);
  }

  /** It is copied into the bank when that is made. */
  private long flash(Image image) {
    part = BootPart.FIRMWARE;
    MemorySegment bytes = image.map(arena);
    if (bytes.byteSize() > FirmwareFlash.BANK) {
      throw new VmException(
          "%s has %d bytes, and a bank of flash 32M; give firmware for the virt machine's flash"
              .formatted(image.name(), bytes.byteSize()));
    }
    if (ElfImage.matches(bytes)) {
      throw new VmException(
          "%s is an ELF file, and flash has bytes as they are, such as RISCV_VIRT_CODE.fd; if it is firmware for RAM, give it with firmware"
              .formatted(image.name()));
    }
    ForeignImage.refuse(image.name(), bytes, part);
    return BoardPlan.FLASH_BASE;
  }

  /** What the firmware goes on to. */
  private long nextStage(Image image) {
    part = BootPart.KERNEL;
    MemorySegment bytes = unpacked(image);
    if (ElfImage.matches(bytes)) {
      return elf(image.name(), bytes, KERNEL_BASE);
    }
    if (LinuxImage.matches(bytes)) {
      return linux(image.name(), bytes);
    }
    ForeignImage.refuseForFirmware(image.name(), bytes);
    return raw(image.name(), bytes, KERNEL_BASE);
  }

  private long raw(String name, MemorySegment bytes, long base) {
    notes.add(new BootCheck.Finding(part, ForeignImage.note(name, bytes, base)));
    add(name, base, bytes, bytes.byteSize());
    return base;
  }

  private MemorySegment unpacked(Image image) {
    return new Packing(image.name(), config.memory(), arena).unpack(image.map(arena));
  }

  /** Places the tree first and then the RAM disk below it, whose address is in the tree. */
  private long tree() {
    part = BootPart.DEVICE_TREE;
    FdtTree tree = config.boot().deviceTree().map(this::given).orElseGet(this::generated);
    byte[] seed = new byte[Chosen.SEED_SIZE];
    config.effects().entropy().fill(seed);
    Chosen chosen = new Chosen(tree.root()).commandLine(config.boot().commandLine()).seed(seed);
    Optional<MemorySegment> initrd = config.boot().initrd().map(this::initrdBytes);

    // The addresses have their final width, so the second writing has the size of the first.
    initrd.ifPresent(bytes -> chosen.initrd(0, bytes.byteSize()));
    long size = FdtWriter.write(tree).length;
    long alignment = config.memory() >= ROOMY ? 2 * MIB : PAGE;
    long at = plan.placeHigh("the device tree", size + TREE_ROOM, alignment, TREE_CEILING);
    initrd.ifPresent(bytes -> chosen.initrd(initrd(bytes), bytes.byteSize()));
    deviceTree = FdtWriter.write(tree);
    pieces.add(new Piece("device tree", at, MemorySegment.ofArray(deviceTree), deviceTree.length));
    return at;
  }

  private FdtTree given(Image image) {
    part = BootPart.DEVICE_TREE;
    MemorySegment bytes = image.map(arena);
    ForeignImage.refuse(image.name(), bytes, part);
    FdtTree tree = FdtReader.read(image.name(), bytes);
    TreeMemory memory = new TreeMemory(tree);
    memory.requireRam(image.name(), plan);
    memory.exclude(plan);
    return tree.withRoom(TREE_PADDING);
  }

  private FdtTree generated() {
    return FdtTree.of(BoardTree.of(config.plan())).withRoom(TREE_PADDING);
  }

  private MemorySegment initrdBytes(Image image) {
    part = BootPart.INITRD;
    MemorySegment bytes = image.map(arena);
    ForeignImage.refuse(image.name(), bytes, part);
    if (linux) {
      ForeignImage.refuseForLinux(image.name(), bytes);
    }
    return bytes;
  }

  private long initrd(MemorySegment bytes) {
    part = BootPart.INITRD;
    String name = "the initial RAM disk";
    long at = plan.placeHigh(name, bytes.byteSize(), PAGE, Long.MAX_VALUE);
    pieces.add(new Piece(name, at, bytes, bytes.byteSize()));
    return at;
  }

  private long firmwareInfo(long next) {
    byte[] info = FwDynamicInfo.bytes(next);
    long at = plan.placeHigh("the firmware information", PAGE, PAGE, TREE_CEILING);
    pieces.add(new Piece("firmware information", at, MemorySegment.ofArray(info), PAGE));
    return at;
  }

  private void add(String name, long address, MemorySegment bytes, long size) {
    plan.reserve(name, address, size);
    pieces.add(new Piece(name, address, bytes, size));
  }
}
