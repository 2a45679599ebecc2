package atoll.vmm;

import atoll.device.CfiFlash;
import atoll.device.spi.BlockBackend;
import java.util.Objects;

/**
 * What is in a machine's two banks of flash.
 *
 * @param code the first bank's, which cannot be changed: at most 32 MiB, zeroes behind it
 * @param variables behind the second one, 32 MiB; the caller closes it
 */
public record FirmwareFlash(Image code, BlockBackend variables) {
  /** Bytes of each bank. */
  public static final long BANK = CfiFlash.SIZE;

  public FirmwareFlash {
    Objects.requireNonNull(code, "code");
    if (variables.size() != BANK) {
      throw new VmException(wrongSize(variables.serial(), variables.size()));
    }
  }

  /** What is said of a file for the second bank that does not have its size. */
  public static String wrongSize(String file, long bytes) {
    return "%s has %d bytes, and a bank of flash for variables 32M; if it is smaller, fill it up: truncate -s 32M %s"
        .formatted(file, bytes, file);
  }
}
