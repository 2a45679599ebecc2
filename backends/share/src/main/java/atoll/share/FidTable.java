package atoll.share;

import atoll.host.FileCalls;
import atoll.host.FileError;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** A client's numbers, of which there is a bound. */
final class FidTable {
  private static final int ENFILE = 23;
  private static final int ENOMEM = 12;

  /** Bytes of attributes that are being read or written at the same time. */
  private static final int MOST_ATTRIBUTE_BYTES = 1 << 20;

  private final Map<Integer, Fid> fids = new HashMap<>();
  private final FileCalls calls;
  private final int most;
  private int attributeBytes;

  /**
   * An empty one.
   *
   * @param most numbers, each of which may hold a descriptor of the host
   */
  FidTable(FileCalls calls, int most) {
    this.calls = calls;
    this.most = most;
  }

  Fid get(int number) throws FileError {
    Fid fid = fids.get(number);
    if (fid == null) {
      throw new FileError(FileCalls.EBADF);
    }
    return fid;
  }

  /** The file that a number stands for. */
  Fid.OfFile file(int number) throws FileError {
    if (get(number) instanceof Fid.OfFile file) {
      return file;
    }
    throw new FileError(FileCalls.EBADF);
  }

  /** The file that a number stands for, which must have been opened. */
  Fid.OfFile opened(int number) throws FileError {
    Fid.OfFile file = file(number);
    int ignored = file.descriptor(); // One that is lost says so.
    if (!file.open()) {
      throw new FileError(FileCalls.EBADF);
    }
    return file;
  }

  /** Refuses a number that is in use, and one too many, before anything is done for it. */
  void requireFree(int number) throws FileError {
    if (fids.containsKey(number)) {
      throw new FileError(FileCalls.EBADF);
    }
    if (fids.size() >= most) {
      throw new FileError(ENFILE);
    }
  }

  /** Refuses an attribute for which there is no room. */
  void requireAttributeRoom(int bytes) throws FileError {
    if (bytes > MOST_ATTRIBUTE_BYTES - attributeBytes) {
      throw new FileError(ENOMEM);
    }
  }

  /** A number stands for something from now on; what it stood for is not closed. */
  void put(int number, Fid fid) {
    attributeBytes -= attributeBytes(fids.put(number, fid));
    attributeBytes += attributeBytes(fid);
  }

  private static int attributeBytes(Fid fid) {
    return switch (fid) {
      case Fid.OfAttribute read -> read.value().length;
      case Fid.OfNewAttribute written -> written.value().length;
      case Fid.OfFile file -> 0;
      case null -> 0;
    };
  }

  /** A number stands for nothing any more. */
  Fid remove(int number) throws FileError {
    Fid fid = get(number);
    fids.remove(number);
    attributeBytes -= attributeBytes(fid);
    return fid;
  }

  /** By number. */
  Map<Integer, Fid> all() {
    return new TreeMap<>(fids);
  }

  void clear() {
    fids.values().forEach(fid -> fid.close(calls));
    fids.clear();
    attributeBytes = 0;
  }
}
