package atoll.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A block device of the host that this process has for itself: while it has, the kernel mounts it
 * nowhere, and gives it to nobody who wants it exclusively too (O_EXCL, {@code open(2)}).
 */
public final class HeldDevice implements AutoCloseable {
  private static final int AT_FDCWD = -100;
  private static final int READ_EXCLUSIVE_CLOEXEC = 0x80 | 0x8_0000;
  private static final int EBUSY = 16;
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  private final MemorySegment state = SystemCall.newState();
  private final int descriptor;

  private HeldDevice(Path device) {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(device.toAbsolutePath().toString()).address();
      descriptor =
          (int) SystemCall.OPENAT.call(state, AT_FDCWD, name, READ_EXCLUSIVE_CLOEXEC, 0, 0);
    } catch (FileError e) {
      throw new HostException(
          e.number() == EBUSY
              ? "%s is in use by the host: %s".formatted(device, user(device))
              : "%s cannot be taken: %s".formatted(device, e.getMessage()),
          e);
    }
  }

  /**
   * Takes one.
   *
   * @throws HostException if somebody has it, or it is mounted; says where
   */
  public static HeldDevice hold(Path device) {
    if (!SystemCall.available()) {
      throw new HostException(device + " cannot be passed through: that works on Linux only");
    }
    return new HeldDevice(device);
  }

  private static String user(Path device) {
    return mount(device)
        .map(where -> "it is mounted at %s; unmount it first: umount %s".formatted(where, where))
        .orElse(
            "a program has it for itself, or it is swap or a part of a RAID or of LVM; release it there");
  }

  /** Where it, or the file system on it, is mounted. */
  private static Optional<String> mount(Path device) {
    try (Stream<String> lines = Files.lines(MOUNTS)) {
      long number = ((Number) Files.getAttribute(device, "unix:rdev")).longValue();
      long major = number >> 8 & 0xfff;
      long minor = number & 0xff | number >> 12 & 0xfff00;
      String wanted = "%d:%d".formatted(major, minor);
      return lines
          .map(line -> line.split(" ", -1))
          .filter(words -> words.length > 4 && words[2].equals(wanted))
          .map(words -> words[4])
          .findFirst();
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    SystemCall.close(state, descriptor);
  }
}
