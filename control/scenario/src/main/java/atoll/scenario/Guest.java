package atoll.scenario;

import atoll.image.GuestProgram;
import atoll.image.MirrorChoice;
import atoll.image.Recipe;
import atoll.image.RefusedException;
import atoll.vmm.FrontPanel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** The software that a VM runs. */
public sealed interface Guest {
  /** One whose files are known, so that a machine can be entered with them. */
  sealed interface Entered extends Guest permits Linux, Program, Installed, Uefi, Custom {}

  /** Whether it is entered in machine mode. */
  default boolean machineMode() {
    return switch (this) {
      case Image image -> false;
      case Linux linux -> linux.images().firmware().isPresent();
      case Program(GuestProgram program, String append) -> program.firmware();
      case Installed installed -> installed.images().firmware().isPresent();
      case Custom(Images images) -> images.firmware().isPresent();
      case Uefi uefi -> false;
    };
  }

  /** Whether it mounts folders of the host by itself, or systemd in it does if it is told. */
  default boolean mounts() {
    return switch (this) {
      case Linux _, Installed _, Image _, Uefi _ -> true;
      case Program _, Custom _ -> false;
    };
  }

  /** What is at its machine's front if nobody says it: a system on a disk has a power button. */
  default FrontPanel usualPanel() {
    return switch (this) {
      case Installed _, Image _, Uefi _ ->
          FrontPanel.of(Map.of(FrontPanel.POWER, OptionalInt.empty()), List.of());
      case Linux _, Program _, Custom _ -> FrontPanel.NONE;
    };
  }

  /** Whether it starts in flash. */
  default boolean inFlash() {
    return this instanceof Uefi || this instanceof Image image && image.uefi();
  }

  /** In a word or two, for tables. */
  default String label() {
    return switch (this) {
      case Linux linux -> "linux";
      case Program(GuestProgram program, String append) -> program.id();
      case Installed installed -> installed.image();
      case Image image -> "image " + image.choice().name();
      case Custom(Images images) ->
          images
              .firmware()
              .map(file -> "firmware " + file.getFileName())
              .orElseGet(() -> "kernel " + images.kernel().orElseThrow().getFileName());
      case Uefi uefi -> "uefi";
    };
  }

  /**
   * Atoll's Linux: Debian's kernel with a busybox shell, fetched when needed.
   *
   * @param mirror where it is fetched from
   * @param terminal the kind of terminal that its shell talks to, as in {@code $TERM}
   * @param images what replaces or goes around the stock images
   */
  record Linux(MirrorChoice mirror, String terminal, Images images) implements Entered {
    /** The kind of terminal for which the shell neither echoes nor edits lines. */
    public static final String NO_TERMINAL = "dumb";

    public Linux {
      Objects.requireNonNull(mirror, "mirror");
      Objects.requireNonNull(terminal, "terminal");
      Objects.requireNonNull(images, "images");
    }
  }

  /**
   * A small bare-metal program that comes with Atoll; needs no files.
   *
   * @param append its words from outside, where it reads any
   */
  record Program(GuestProgram program, String append) implements Entered {
    public Program {
      Objects.requireNonNull(program, "program");
      Objects.requireNonNull(append, "append");
    }
  }

  /**
   * A system on the first of the VM's disks, which was made from an image of Atoll's.
   *
   * @param image its name
   * @param terminal the kind of terminal that its console is shown on, as in {@code $TERM}
   * @param images the kernel and the initial RAM disk that lead to the disk, and what is added to
   *     its command line
   * @param keys files of SSH keys that may log in as root
   */
  record Installed(String image, String terminal, Images images, List<Path> keys)
      implements Entered {
    public Installed {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(terminal, "terminal");
      Objects.requireNonNull(images, "images");
      keys = List.copyOf(keys);
    }
  }

  /**
   * An image of Atoll's on a disk of the VM's own, the first of its disks: {@link Installed} or
   * {@link Uefi} once that disk is there.
   *
   * @param choice which image, and whose disk
   * @param boot how it is started
   * @param append what is added to its command line, unless firmware starts it
   */
  record Image(ImageChoice choice, Recipe.Boot boot, String append) implements Guest {
    public Image {
      Objects.requireNonNull(choice, "choice");
      Objects.requireNonNull(boot, "boot");
      Objects.requireNonNull(append, "append");
    }

    /** Whether firmware starts it. */
    public boolean uefi() {
      return boot == Recipe.Boot.UEFI;
    }
  }

  /**
   * UEFI firmware in flash, which starts what is on the VM's disks.
   *
   * @param mirror where it is fetched from, if it is not the user's
   * @param code the user's own
   * @param variables where it keeps its variables, made if it is not there; otherwise that is a
   *     file of the disk's own
   * @param keys files of SSH keys that may log in as root, if the system on the disk asks for them
   */
  record Uefi(MirrorChoice mirror, Optional<Path> code, Optional<Path> variables, List<Path> keys)
      implements Entered {
    public Uefi {
      Objects.requireNonNull(mirror, "mirror");
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(variables, "variables");
      keys = List.copyOf(keys);
    }

    /** Its own files. */
    Stream<Path> files() {
      return Stream.of(code, variables).flatMap(Optional::stream);
    }
  }

  /** The user's own images: a kernel, or firmware with or without one. */
  record Custom(Images images) implements Entered {
    public Custom {
      if (images.kernel().isEmpty() && images.firmware().isEmpty()) {
        throw new RefusedException(
            "there is nothing to run; name a kernel or firmware, or run linux or hello");
      }
    }
  }

  /**
   * Image files.
   *
   * @param kernel entered in supervisor mode, or by the firmware
   * @param firmware entered in machine mode
   * @param append the kernel's command line, or what is added to that of a stock guest
   */
  record Images(
      Optional<Path> kernel,
      Optional<Path> firmware,
      Optional<Path> initrd,
      Optional<Path> deviceTree,
      String append) {
    public Images {
      Objects.requireNonNull(append, "append");
    }

    /** All files that there are. */
    Stream<Path> files() {
      return Stream.of(kernel, firmware, initrd, deviceTree).flatMap(Optional::stream);
    }

    /** No file and no words. */
    public static Images none() {
      return new Images(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "");
    }
  }
}
