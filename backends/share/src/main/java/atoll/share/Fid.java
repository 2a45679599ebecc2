package atoll.share;

import atoll.host.FileCalls;
import atoll.host.FileError;

/** What a client has a number for. */
sealed interface Fid {
  /** Its host has no such file any more. */
  int STALE = 116;

  /** Gives up what it holds of the host's. */
  void close(FileCalls calls);

  /** A file: a descriptor that points to it, or by which it was opened. */
  final class OfFile implements Fid {
    private static final int LOST = -1;

    private int descriptor;
    private boolean open;
    private int flags;

    /** Where an open folder is being read. */
    private long position;

    OfFile(int descriptor) {
      this.descriptor = descriptor;
    }

    /** One whose file was not found again after a restore. */
    static OfFile lost() {
      return new OfFile(LOST);
    }

    int descriptor() throws FileError {
      if (descriptor == LOST) {
        throw new FileError(STALE);
      }
      return descriptor;
    }

    boolean open() {
      return open;
    }

    /** The flags that it was opened with, as the client said them. */
    int flags() {
      return flags;
    }

    boolean writable() {
      return open && (flags & (FileCalls.WRITE_ONLY | FileCalls.READ_WRITE)) != 0;
    }

    /** It is open from now on, by another descriptor. */
    void opened(int by, int with, FileCalls calls) {
      close(calls);
      descriptor = by;
      open = true;
      flags = with;
      position = 0;
    }

    long position() {
      return position;
    }

    void position(long cookie) {
      position = cookie;
    }

    @Override
    public void close(FileCalls calls) {
      if (descriptor != LOST) {
        calls.close(descriptor);
        descriptor = LOST;
      }
    }
  }

  /** An extended attribute, or the list of them, that is being read. */
  final class OfAttribute implements Fid {
    private final byte[] value;

    OfAttribute(byte[] value) {
      this.value = value;
    }

    byte[] value() {
      return value;
    }

    @Override
    public void close(FileCalls calls) {}
  }

  /** An extended attribute that is set once its value has been written. */
  final class OfNewAttribute implements Fid {
    private final OfFile file;
    private final byte[] name;
    private final byte[] value;
    private final int flags;
    private int written;

    /**
     * Begins with nothing written.
     *
     * @param file taken over
     * @param size of the value
     */
    OfNewAttribute(OfFile file, byte[] name, int size, int flags) {
      this.file = file;
      this.name = name;
      this.value = new byte[size];
      this.flags = flags;
    }

    OfFile file() {
      return file;
    }

    byte[] name() {
      return name;
    }

    byte[] value() {
      return value;
    }

    int flags() {
      return flags;
    }

    /** Whether all of the value has come. */
    boolean whole() {
      return written == value.length;
    }

    void wrote(int bytes) {
      written += bytes;
    }

    int written() {
      return written;
    }

    @Override
    public void close(FileCalls calls) {
      file.close(calls);
    }
  }
}
