package atoll.front;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Firmware in flash, which starts what is on a disk. */
final class UefiOptions {
  @Option(
      names = "--uefi",
      description =
          "start what is on the disk by UEFI firmware (Debian's EDK2, fetched at first use)")
  private boolean uefi;

  @Option(
      names = "--uefi-vars",
      paramLabel = "FILE",
      description =
          "where that keeps its variables, made if it is not there; otherwise a file that belongs to the first disk")
  private Path variables;

  @Option(
      names = "--uefi-code",
      paramLabel = "FILE",
      description = "the firmware itself, for the first bank of flash, such as RISCV_VIRT_CODE.fd")
  private Path code;

  /** Whether the user wants it; one of its files says so, too. */
  boolean given() {
    return uefi || code != null || variables != null;
  }

  /** Whether firmware is fetched, since no file of the user's is named. */
  boolean fetches() {
    return given() && code == null;
  }

  Optional<Path> code() {
    return Optional.ofNullable(code);
  }

  Optional<Path> variables() {
    return Optional.ofNullable(variables);
  }

  /** Says which files are read. */
  void claimInputs(OutputClaims claims) {
    claims.reads("--uefi-code", code);
    claims.reads("--uefi-vars", variables);
  }
}
