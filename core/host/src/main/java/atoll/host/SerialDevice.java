package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A serial port of the host, or a pseudoterminal, for this process alone: bytes pass as they are
 * ({@code termios(3)}, {@code ioctl_tty(2)} of Linux). At its end it has the mode that it was found
 * in. For one thread, but for {@link #close}.
 */
public final class SerialDevice implements AutoCloseable {
  /** What {@link #read} and {@link #write} return if the device is there no longer. */
  public static final int GONE = -1;

  /** The most that can be read or written at once. */
  public static final int MOST = 4096;

  private static final int AT_FDCWD = -100;
  private static final int OPEN = 2 | 0x100 | 0x800 | 0x8_0000; // RDWR, NOCTTY, NONBLOCK, CLOEXEC
  private static final int LOCK_NOW = 2 | 4; // LOCK_EX, LOCK_NB
  private static final int TIOCEXCL = 0x540c;
  private static final int TIOCNXCL = 0x540d;

  // struct termios2, <asm-generic/termbits.h>; the same on x86-64, AArch64 and RISC-V.
  private static final long TCGETS2 = 0x802c_542aL;
  private static final long TCSETS2 = 0x402c_542bL;
  private static final int MODE = 44;
  private static final int OUTPUT_FLAGS = 4;
  private static final int CONTROL_FLAGS = 8;
  private static final int LOCAL_FLAGS = 12;
  private static final int CHARACTERS = 17;
  private static final int VTIME = 5;
  private static final int VMIN = 6;
  private static final int INPUT_SPEED = 36;
  private static final int OUTPUT_SPEED = 40;
  private static final int CBAUD = 0x100f;
  private static final int BOTHER = 0x1000;
  private static final int INPUT_CBAUD = CBAUD << 16;
  private static final int EIGHT_BITS_LOCAL = 0x30 | 0x80 | 0x800; // CS8, CREAD, CLOCAL

  private static final int EAGAIN = 11;
  private static final int EBUSY = 16;
  private static final int ENXIO = 6;
  private static final int ENODEV = 19;
  private static final int ENOTTY = 25;

  private final MemorySegment state = SystemCall.newState();
  private final MemorySegment buffer = Arena.ofAuto().allocate(MOST);
  private final MemorySegment found = Arena.ofAuto().allocate(MODE, Integer.BYTES);
  private final Path path;
  private int descriptor;

  private SerialDevice(Path path) {
    this.path = path;
  }

  /**
   * Takes one.
   *
   * @param speed bits a second; nothing: as it is found
   * @param left the {@link #mode} that it is to have at the end, if a process that has ended
   *     without a word has left it in another
   * @throws HostException if it is not to be had; says why
   */
  public static SerialDevice open(Path path, Optional<Integer> speed, Optional<String> left) {
    if (!SystemCall.available()) {
      throw new HostException(path + " cannot be passed through: that works on Linux only");
    }
    SerialDevice device = new SerialDevice(path);
    device.openIt();
    try {
      device.lock();
      device.take(speed, left);
      return device;
    } catch (FileError e) {
      SystemCall.close(device.state, device.descriptor);
      throw new HostException(path + " " + reason(e), e);
    }
  }

  private void openIt() {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(path.toAbsolutePath().toString()).address();
      descriptor = (int) SystemCall.OPENAT.call(state, AT_FDCWD, name, OPEN, 0, 0);
    } catch (FileError e) {
      throw new HostException(path + " " + reason(e), e);
    }
  }

  private static String reason(FileError e) {
    return switch (e.number()) {
      case FileCalls.ENOENT -> "is not there";
      case FileCalls.EACCES, FileCalls.EPERM ->
          "may not be opened: permission denied; let this user read and write it (often: the group dialout)";
      case EAGAIN, EBUSY -> "is in use by another program, which has to end first";
      case ENXIO, ENODEV -> "has no device behind it";
      case ENOTTY, FileCalls.EINVAL -> "is no serial port and no pseudoterminal";
      case FileCalls.EISDIR -> "is a folder, and no serial port";
      default -> "cannot be opened: " + e.getMessage();
    };
  }

  /** As pppd, picocom and minicom lock it. Root is not kept out by that, but asked to stay. */
  private void lock() throws FileError {
    SystemCall.FLOCK.call(state, descriptor, LOCK_NOW, 0, 0, 0);
    SystemCall.IOCTL.call(state, descriptor, TCGETS2, found.address(), 0, 0);
    SystemCall.IOCTL.call(state, descriptor, TIOCEXCL, 0, 0, 0);
  }

  private void take(Optional<Integer> speed, Optional<String> left) throws FileError {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mode = arena.allocate(MODE, Integer.BYTES).copyFrom(found);
      int control = mode.get(ValueLayout.JAVA_INT, CONTROL_FLAGS);
      int rate = speed.isPresent() ? BOTHER : control & CBAUD;
      mode.set(ValueLayout.JAVA_INT, 0, 0);
      mode.set(ValueLayout.JAVA_INT, OUTPUT_FLAGS, 0);
      mode.set(ValueLayout.JAVA_INT, LOCAL_FLAGS, 0);
      int input = speed.isPresent() ? 0 : control & INPUT_CBAUD;
      mode.set(ValueLayout.JAVA_INT, CONTROL_FLAGS, EIGHT_BITS_LOCAL | rate | input);
      mode.set(ValueLayout.JAVA_BYTE, CHARACTERS + VTIME, (byte) 0);
      mode.set(ValueLayout.JAVA_BYTE, CHARACTERS + VMIN, (byte) 1);
      speed.ifPresent(bits -> {
        mode.set(ValueLayout.JAVA_INT, INPUT_SPEED, bits);
        mode.set(ValueLayout.JAVA_INT, OUTPUT_SPEED, bits);
      });
      SystemCall.IOCTL.call(state, descriptor, TCSETS2, mode.address(), 0, 0);
    }
    left.filter(text -> text.matches("[0-9a-f]{%d}".formatted(2 * MODE)))
        .ifPresent(text -> found.copyFrom(MemorySegment.ofArray(HexFormat.of().parseHex(text))));
  }

  /** The mode that it is given back in, in digits. */
  public String mode() {
    return HexFormat.of().formatHex(found.toArray(ValueLayout.JAVA_BYTE));
  }

  /** For a {@link DescriptorPoll}. */
  public int descriptor() {
    return descriptor;
  }

  /**
   * Reads what is there.
   *
   * @param into with room for {@link #MOST}
   * @return how many bytes, 0 if there are none now, or {@link #GONE}
   */
  public int read(byte[] into) {
    try {
      int length = (int) SystemCall.READ.call(state, descriptor, buffer.address(), MOST, 0, 0);
      MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, into, 0, length);
      return length == 0 ? GONE : length; // A terminal in raw mode ends only with its other end.
    } catch (FileError e) {
      return e.number() == EAGAIN ? 0 : GONE;
    }
  }

  /**
   * Writes as much as there is room for.
   *
   * @param length at most {@link #MOST}
   * @return how many bytes, or {@link #GONE}
   */
  public int write(byte[] from, int offset, int length) {
    MemorySegment.copy(from, offset, buffer, ValueLayout.JAVA_BYTE, 0, length);
    try {
      return (int) SystemCall.WRITE.call(state, descriptor, buffer.address(), length, 0, 0);
    } catch (FileError e) {
      return e.number() == EAGAIN ? 0 : GONE;
    }
  }

  /** Gives it back in the mode that it was found in. */
  @Override
  public void close() {
    try {
      SystemCall.IOCTL.call(state, descriptor, TCSETS2, found.address(), 0, 0);
      SystemCall.IOCTL.call(state, descriptor, TIOCNXCL, 0, 0, 0);
    } catch (FileError e) {
      // It is gone, and has no mode any more.
    } finally {
      SystemCall.close(state, descriptor);
    }
  }
}
