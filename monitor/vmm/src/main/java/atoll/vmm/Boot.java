package atoll.vmm;

import java.util.Objects;
import java.util.Optional;

/** How a machine is entered, and what is in its memory then. */
public sealed interface Boot {
  /** What the kernel finds as {@code /chosen/bootargs}; may be empty. */
  String commandLine();

  /** A device tree of the user's in place of the generated one. */
  Optional<Image> deviceTree();

  /** An initial RAM disk. */
  Optional<Image> initrd();

  /** The same with another initial RAM disk. */
  Boot withInitrd(Image initrd);

  /**
   * A supervisor-mode kernel, served by the monitor's SBI.
   *
   * @param kernel a Linux {@code Image}, with or without EFI stub, or an ELF file; gzip and EFI
   *     zboot packing are undone
   */
  record KernelBoot(
      Image kernel, Optional<Image> initrd, String commandLine, Optional<Image> deviceTree)
      implements Boot {
    public KernelBoot {
      Objects.requireNonNull(kernel, "kernel");
      Objects.requireNonNull(initrd, "initrd");
      Objects.requireNonNull(commandLine, "commandLine");
      Objects.requireNonNull(deviceTree, "deviceTree");
    }

    @Override
    public Boot withInitrd(Image other) {
      return new KernelBoot(kernel, Optional.of(other), commandLine, deviceTree);
    }
  }

  /**
   * Firmware in the machine's flash, entered in supervisor mode at the first bank's beginning, and
   * served by the monitor's SBI. It finds by itself what it goes on to.
   */
  record FlashBoot(Optional<Image> deviceTree) implements Boot {
    public FlashBoot {
      Objects.requireNonNull(deviceTree, "deviceTree");
    }

    @Override
    public String commandLine() {
      return "";
    }

    @Override
    public Optional<Image> initrd() {
      return Optional.empty();
    }

    /** What it goes on to brings its own. */
    @Override
    public Boot withInitrd(Image other) {
      return this;
    }
  }

  /**
   * Firmware in machine mode, with nothing served; all harts enter it at once.
   *
   * @param firmware an ELF file, or raw bytes for the base of RAM
   * @param kernel what the firmware goes on to: an ELF file, a Linux {@code Image}, or raw bytes
   *     for 2 MiB above the base of RAM
   */
  record FirmwareBoot(
      Image firmware,
      Optional<Image> kernel,
      Optional<Image> initrd,
      String commandLine,
      Optional<Image> deviceTree)
      implements Boot {
    public FirmwareBoot {
      Objects.requireNonNull(firmware, "firmware");
      Objects.requireNonNull(kernel, "kernel");
      Objects.requireNonNull(initrd, "initrd");
      Objects.requireNonNull(commandLine, "commandLine");
      Objects.requireNonNull(deviceTree, "deviceTree");
    }

    @Override
    public Boot withInitrd(Image other) {
      return new FirmwareBoot(firmware, kernel, Optional.of(other), commandLine, deviceTree);
    }
  }
}
