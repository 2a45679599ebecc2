package atoll.image;

import atoll.vmm.Boot;
import atoll.vmm.Image;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The small programs that come with Atoll and run on a machine without an OS. */
public enum GuestProgram {
  /** Answers on its console; entered in machine mode. */
  HELLO(true),

  /** An instrument cluster on a small real-time kernel: a 1 kHz loop, a channel "vehicle". */
  CLUSTER(false),

  /** A secure element: proves by a channel that it has a key, and never gives it. */
  SECURE(false),

  /** A driver VM: serves its disks and random bytes to others. */
  DRIVER(false),

  /** Measures how late it is woken up. */
  LATENCY(false),

  /** Makes work for address translation, of a kind that its words choose. */
  MMU(true),

  /** The same work with page tables that it has registered; for {@code mmu: direct}. */
  DIRECT(false),

  /** Tries every escape. */
  HOSTILE(false),

  /** Tries every way to misuse registered page tables; for {@code mmu: direct}. */
  INTRUDER(false);

  private final boolean firmware;

  GuestProgram(boolean firmware) {
    this.firmware = firmware;
  }

  /** Whether it is entered in machine mode. */
  public boolean firmware() {
    return firmware;
  }

  /** As it is written in a scenario. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All names. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(GuestProgram::id).toList();
  }

  /** The program of that name, if there is one. */
  public static Optional<GuestProgram> of(String id) {
    return Arrays.stream(values()).filter(program -> program.id().equals(id)).findFirst();
  }

  /** How a machine is entered that runs it. */
  public Boot boot(String append) {
    Image image = Image.bytes(id() + ".elf", content());
    return firmware
        ? new Boot.FirmwareBoot(image, Optional.empty(), Optional.empty(), append, Optional.empty())
        : new Boot.KernelBoot(image, Optional.empty(), append, Optional.empty());
  }

  /** Its ELF file. */
  public byte[] content() {
    String resource = id() + ".elf";
    try (InputStream in = GuestProgram.class.getResourceAsStream(resource)) {
      if (in != null) {
        return in.readAllBytes();
      }
    } catch (IOException e) {
      throw new RefusedException(
          "the installation is damaged: %s cannot be read; build it again".formatted(resource), e);
    }
    throw new RefusedException(
        "the installation is damaged: %s is missing; build it again".formatted(resource));
  }
}
