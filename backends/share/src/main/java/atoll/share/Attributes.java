package atoll.share;

import atoll.host.FileCalls;
import atoll.host.FileError;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Extended attributes of users. Those of other classes would have a meaning for the host, or need
 * its administrator; the guest is told that there are none.
 */
final class Attributes {
  private static final byte[] USER = "user.".getBytes(StandardCharsets.US_ASCII);
  private static final int E2BIG = 7;
  private static final int MOST = 64 << 10; // XATTR_SIZE_MAX
  private static final int REPLACE = 2; // setxattr(2)

  private final FileCalls calls;
  private final FidTable fids;
  private final boolean readOnly;

  Attributes(FileCalls calls, FidTable fids, boolean readOnly) {
    this.calls = calls;
    this.fids = fids;
    this.readOnly = readOnly;
  }

  /** Has a new number stand for an attribute's value, or without a name for all their names. */
  void walk(Request in, Reply out) throws FileError {
    Fid.OfFile file = fids.file(in.i32());
    int number = in.i32();
    byte[] name = in.text();
    fids.requireFree(number);
    byte[] value = name.length == 0 ? names(file) : value(file, name);
    fids.requireAttributeRoom(value.length);
    fids.put(number, new Fid.OfAttribute(value));
    out.i64(value.length);
  }

  private byte[] value(Fid.OfFile file, byte[] name) throws FileError {
    requireUsers(name);
    return calls.attribute(file.descriptor(), name);
  }

  private byte[] names(Fid.OfFile file) throws FileError {
    byte[] all = calls.attributes(file.descriptor());
    ByteArrayOutputStream own = new ByteArrayOutputStream();
    int start = 0;
    for (int i = 0; i < all.length; i++) {
      if (all[i] == 0) {
        if (isUsers(all, start, i)) {
          own.write(all, start, i + 1 - start);
        }
        start = i + 1;
      }
    }
    return own.toByteArray();
  }

  private static boolean isUsers(byte[] names, int start, int end) {
    return end - start > USER.length
        && Arrays.equals(names, start, start + USER.length, USER, 0, USER.length);
  }

  private static void requireUsers(byte[] name) throws FileError {
    if (!isUsers(name, 0, name.length)) {
      throw new FileError(FileCalls.EOPNOTSUPP);
    }
  }

  /** Has a file's number stand for an attribute that is to be written. */
  void create(Request in) throws FileError {
    int number = in.i32();
    Fid.OfFile file = fids.file(number);
    byte[] name = in.text();
    long size = in.i64();
    int flags = in.i32();
    if (readOnly) {
      throw new FileError(FileCalls.EROFS);
    }
    requireUsers(name);
    if (size < 0 || size > MOST) {
      throw new FileError(E2BIG);
    }
    fids.requireAttributeRoom((int) size);
    fids.put(number, new Fid.OfNewAttribute(file, name, (int) size, flags));
  }

  /**
   * Sets what has been written. Linux asks for the removal of an attribute by nothing that replaces
   * it.
   */
  void finish(Fid.OfNewAttribute made) throws FileError {
    int file = made.file().descriptor();
    if (made.value().length == 0 && made.flags() == REPLACE) {
      calls.removeAttribute(file, made.name());
    } else if (made.whole()) {
      calls.setAttribute(file, made.name(), made.value(), made.flags());
    }
  }
}
