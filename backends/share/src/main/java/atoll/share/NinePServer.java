package atoll.share;

import atoll.device.spi.ShareBackend.Lock;
import atoll.host.FileCalls;
import atoll.host.FileError;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Answers messages of 9P2000.L, one after another: so an answer to Tflush says truly that the
 * message it is about has been answered. A client's files are descriptors, which stay those of the
 * same files whatever happens to their names.
 */
final class NinePServer {
  private static final int EIO = 5;
  private static final int EMSGSIZE = 90;
  private static final int EPROTO = 71;
  private static final int ENOBUFS = 105;

  private static final int SMALLEST_MESSAGE = 4096;
  private static final int MOST_STEPS = 16;
  private static final byte[] VERSION = "9P2000.L".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] UNKNOWN = "unknown".getBytes(StandardCharsets.US_ASCII);

  // Flags of Tlopen and Tlcreate, which are those of Linux on most processors.
  private static final int ACCESS = 3;
  private static final int EXCLUSIVE = 0200;
  private static final int TRUNCATE = 01000;
  private static final int DATA_SYNC = 010000;
  private static final int FOLDER_ONLY = 0200000;
  private static final int SYNC = 04000000;

  /** Flag of Tunlinkat. */
  private static final int REMOVE_FOLDER = 0x200;

  // Tlock: kinds, and what comes of it
  private static final int READ_LOCK = 0;
  private static final int WRITE_LOCK = 1;
  private static final int UNLOCK = 2;
  private static final int LOCKED = 0;
  private static final int BLOCKED = 1;

  private final FileTree tree;
  private final FileCalls calls;
  private final boolean readOnly;
  private final int mostBytes;
  private final Consumer<Throwable> defects;
  private final FidTable fids;
  private final RecordLocks locks = new RecordLocks();
  private final FileDetails details;
  private final FolderReader folders;
  private final Attributes attributes;

  /** The longest message that was agreed on; 0 before that. */
  private int messageBytes;

  /**
   * A server without a client.
   *
   * @param mostBytes the longest message
   * @param mostFids of a client
   * @param defects told of what should not have been thrown
   */
  NinePServer(
      FileTree tree, boolean readOnly, int mostBytes, int mostFids, Consumer<Throwable> defects) {
    this.tree = tree;
    this.calls = tree.calls();
    this.readOnly = readOnly;
    this.mostBytes = mostBytes;
    this.defects = defects;
    fids = new FidTable(calls, mostFids);
    details = new FileDetails(tree);
    folders = new FolderReader(tree);
    attributes = new Attributes(calls, fids, readOnly);
  }

  FidTable fids() {
    return fids;
  }

  RecordLocks locks() {
    return locks;
  }

  int messageBytes() {
    return messageBytes;
  }

  void messageBytes(int agreed) {
    messageBytes = agreed;
  }

  /** Whatever a client has done is over. */
  void reset() {
    fids.clear();
    locks.clear();
    messageBytes = 0;
  }

  /**
   * Answers a message.
   *
   * @param request has a header at least
   * @param answer whose limit is the room that there is, enough for an error
   */
  void answer(ByteBuffer request, ByteBuffer answer) {
    Request in = new Request(request);
    Reply out = new Reply(answer, in.type() + 1, in.tag());
    int error = 0;
    try {
      error = perform(in, out);
    } catch (BufferUnderflowException e) {
      error = FileCalls.EINVAL;
    } catch (BufferOverflowException e) {
      error = ENOBUFS;
    } catch (RuntimeException | Error e) {
      defects.accept(e);
      error = EIO;
    }
    if (error != 0) {
      out.fail(in.tag(), error);
    }
    out.end();
  }

  /** Returns an error number, or 0. */
  private int perform(Request in, Reply out) {
    try {
      if (!in.whole()) {
        return EMSGSIZE;
      }
      if (messageBytes == 0 && in.type() != MessageType.VERSION) {
        return EPROTO;
      }
      dispatch(in, out);
      return 0;
    } catch (FileError e) {
      return e.number();
    }
  }

  private void dispatch(Request in, Reply out) throws FileError {
    switch (in.type()) {
      case MessageType.VERSION -> version(in, out);
      case MessageType.ATTACH -> attach(in, out);
      case MessageType.FLUSH -> {} // What it is about has been answered.
      case MessageType.WALK -> walk(in, out);
      case MessageType.CLUNK -> clunk(in);
      case MessageType.LOPEN -> open(in, out);
      case MessageType.READ -> read(in, out);
      case MessageType.READDIR -> readFolder(in, out);
      case MessageType.GETATTR -> details.get(fids.file(in.i32()), in.i64(), out);
      case MessageType.STATFS -> details.space(fids.file(in.i32()), out);
      case MessageType.READLINK -> out.text(calls.target(fids.file(in.i32()).descriptor()));
      case MessageType.XATTRWALK -> attributes.walk(in, out);
      case MessageType.XATTRCREATE -> attributes.create(in);
      case MessageType.FSYNC -> flush(in);
      case MessageType.LOCK -> lock(in, out);
      case MessageType.GETLOCK -> getLock(in, out);
      case MessageType.REMOVE -> remove(in);
      default -> change(in, out);
    }
  }

  /** What a share that is only read refuses. */
  private void change(Request in, Reply out) throws FileError {
    boolean known =
        switch (in.type()) {
          case MessageType.LCREATE,
              MessageType.WRITE,
              MessageType.SETATTR,
              MessageType.MKDIR,
              MessageType.MKNOD,
              MessageType.SYMLINK,
              MessageType.LINK,
              MessageType.RENAME,
              MessageType.RENAMEAT,
              MessageType.UNLINKAT ->
              true;
          default -> false;
        };
    if (!known) {
      throw new FileError(FileCalls.EOPNOTSUPP);
    }
    requireWritable();
    switch (in.type()) {
      case MessageType.LCREATE -> create(in, out);
      case MessageType.WRITE -> write(in, out);
      case MessageType.SETATTR -> details.set(fids.file(in.i32()), in);
      case MessageType.MKDIR -> makeFolder(in, out);
      case MessageType.MKNOD -> makeNode(in, out);
      case MessageType.SYMLINK -> makeLink(in, out);
      case MessageType.LINK -> addName(in);
      case MessageType.RENAME -> rename(in);
      case MessageType.RENAMEAT -> renameAt(in);
      default -> removeAt(in);
    }
  }

  private void requireWritable() throws FileError {
    if (readOnly) {
      throw new FileError(FileCalls.EROFS);
    }
  }

  // ------------------------------------------------------------ sessions and numbers

  /** Agrees on this protocol and no other: Linux would go on with an older one's messages. */
  private void version(Request in, Reply out) throws FileError {
    long wanted = in.u32();
    byte[] version = in.text();
    if (wanted < SMALLEST_MESSAGE) {
      throw new FileError(EMSGSIZE);
    }
    reset();
    int agreed = (int) Math.min(wanted, mostBytes);
    boolean same = Arrays.equals(version, VERSION);
    messageBytes = same ? agreed : 0;
    out.i32(agreed);
    out.text(same ? VERSION : UNKNOWN);
  }

  private void attach(Request in, Reply out) throws FileError {
    int number = in.i32();
    in.i32(); // no authentication: everybody is whoever runs this process
    in.text();
    byte[] below = in.text();
    in.i32();
    fids.requireFree(number);
    int descriptor = tree.below(below);
    out.qid(keep(number, descriptor));
  }

  /** A new number stands for a descriptor, which is closed if that fails. */
  private Qid keep(int number, int descriptor) throws FileError {
    try {
      Qid qid = tree.qid(descriptor);
      fids.put(number, new Fid.OfFile(descriptor));
      return qid;
    } catch (FileError e) {
      calls.close(descriptor);
      throw e;
    }
  }

  private void walk(Request in, Reply out) throws FileError {
    int from = in.i32();
    int to = in.i32();
    int steps = in.u16();
    Fid.OfFile start = fids.file(from);
    if (to != from) {
      fids.requireFree(to);
    }
    if (steps > MOST_STEPS || to == from && start.open()) {
      throw new FileError(FileCalls.EINVAL);
    }
    List<byte[]> names = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      names.add(in.name());
    }
    List<Qid> qids = new ArrayList<>();
    int found = walk(start.descriptor(), names, qids);
    if (qids.size() == steps) {
      if (to == from) {
        start.close(calls);
      }
      fids.put(to, new Fid.OfFile(found));
    } else {
      calls.close(found);
    }
    out.u16(qids.size());
    qids.forEach(out::qid);
  }

  /**
   * Goes as far as there is a way.
   *
   * @param qids gets that of each step
   * @return a descriptor of where it ends
   * @throws FileError if not even the first step leads anywhere
   */
  private int walk(int start, List<byte[]> names, List<Qid> qids) throws FileError {
    int at = start;
    try {
      for (byte[] name : names) {
        int next = tree.step(at, name);
        if (at != start) {
          calls.close(at);
        }
        at = next;
        qids.add(tree.qid(at));
      }
    } catch (FileError e) {
      if (qids.isEmpty()) {
        if (at != start) {
          calls.close(at);
        }
        throw e;
      }
    }
    return at == start ? calls.point(start) : at;
  }

  private void clunk(Request in) throws FileError {
    int number = in.i32();
    Fid fid = fids.remove(number);
    locks.forget(number);
    try {
      if (fid instanceof Fid.OfNewAttribute made) {
        attributes.finish(made);
      }
    } finally {
      fid.close(calls);
    }
  }

  /** The number is given up also if the file cannot be removed. */
  private void remove(Request in) throws FileError {
    int number = in.i32();
    Fid.OfFile file = fids.file(number);
    try {
      requireWritable();
      tree.remove(file.descriptor());
    } finally {
      fids.remove(number).close(calls);
      locks.forget(number);
    }
  }

  // ------------------------------------------------------------ contents

  private void open(Request in, Reply out) throws FileError {
    Fid.OfFile file = fids.file(in.i32());
    int flags = in.i32();
    if (file.open()) {
      throw new FileError(FileCalls.EBADF);
    }
    int hosts = hostFlags(flags);
    if (hosts != 0
        && (hosts & (FileCalls.WRITE_ONLY | FileCalls.READ_WRITE | FileCalls.TRUNCATE)) != 0) {
      requireWritable();
    }
    int descriptor = file.descriptor();
    if ((flags & FOLDER_ONLY) != 0 && !calls.status(descriptor).isFolder()) {
      throw new FileError(FileCalls.ENOTDIR);
    }
    finishOpen(file, tree.open(descriptor, hosts), flags, out);
  }

  private void create(Request in, Reply out) throws FileError {
    Fid.OfFile file = fids.file(in.i32());
    byte[] name = in.ownName();
    int flags = in.i32();
    int mode = in.i32();
    if (file.open()) {
      throw new FileError(FileCalls.EBADF);
    }
    boolean exclusive = (flags & EXCLUSIVE) != 0;
    int made = tree.create(file.descriptor(), name, hostFlags(flags), exclusive, mode);
    finishOpen(file, made, flags, out);
  }

  private void finishOpen(Fid.OfFile file, int descriptor, int flags, Reply out) throws FileError {
    file.opened(descriptor, flags & ACCESS, calls);
    out.qid(tree.qid(descriptor));
    out.i32(0); // As much at a time as a message holds.
  }

  /**
   * Where to write is in each message: what is said of appending, or of the host's cache, is the
   * guest's own affair.
   */
  private static int hostFlags(int flags) throws FileError {
    int access = flags & ACCESS;
    if (access == ACCESS) {
      throw new FileError(FileCalls.EINVAL);
    }
    return access
        | ((flags & TRUNCATE) != 0 ? FileCalls.TRUNCATE : 0)
        | ((flags & DATA_SYNC) != 0 ? FileCalls.DATA_SYNC : 0)
        | ((flags & SYNC) != 0 ? FileCalls.SYNC : 0);
  }

  private void read(Request in, Reply out) throws FileError {
    int number = in.i32();
    long offset = in.i64();
    int room = (int) Math.min(in.u32(), Math.max(0, out.room() - Integer.BYTES));
    if (fids.get(number) instanceof Fid.OfAttribute attribute) {
      int from = Math.clamp(offset, 0, attribute.value().length);
      int size = Math.min(room, attribute.value().length - from);
      out.i32(size);
      out.bytes(attribute.value(), from, size);
      return;
    }
    Fid.OfFile file = fids.opened(number);
    int data = out.position() + Integer.BYTES;
    int got = calls.read(file.descriptor(), out.room(data, room), offset);
    out.i32(got);
    out.skip(got);
  }

  private void write(Request in, Reply out) throws FileError {
    int number = in.i32();
    long offset = in.i64();
    int count = Math.clamp(in.u32(), 0, Integer.MAX_VALUE);
    MemorySegment data = in.data(count);
    int written =
        fids.get(number) instanceof Fid.OfNewAttribute attribute
            ? write(attribute, offset, data)
            : write(fids.opened(number), offset, data);
    out.i32(written);
  }

  private static int write(Fid.OfNewAttribute attribute, long offset, MemorySegment data)
      throws FileError {
    int size = (int) data.byteSize();
    if (offset != attribute.written() || size > attribute.value().length - offset) {
      throw new FileError(FileCalls.EINVAL);
    }
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, attribute.value(), (int) offset, size);
    attribute.wrote(size);
    return size;
  }

  /** All of it, unless the host stops taking it. */
  private int write(Fid.OfFile file, long offset, MemorySegment data) throws FileError {
    long done = 0;
    while (done < data.byteSize()) {
      try {
        int written = calls.write(file.descriptor(), data.asSlice(done), offset + done);
        if (written == 0) {
          break;
        }
        done += written;
      } catch (FileError e) {
        if (done == 0) {
          throw e;
        }
        break;
      }
    }
    return (int) done;
  }

  private void readFolder(Request in, Reply out) throws FileError {
    Fid.OfFile folder = fids.opened(in.i32());
    long from = in.i64();
    long room = Math.min(in.u32(), Math.max(0, out.room() - Integer.BYTES));
    folders.read(folder, from, room, out);
  }

  private void flush(Request in) throws FileError {
    Fid.OfFile file = fids.opened(in.i32());
    calls.flush(file.descriptor(), in.i32() != 0);
  }

  // ------------------------------------------------------------ names

  private void makeFolder(Request in, Reply out) throws FileError {
    Fid.OfFile folder = fids.file(in.i32());
    out.qid(tree.makeFolder(folder.descriptor(), in.ownName(), in.i32()));
  }

  private void makeNode(Request in, Reply out) throws FileError {
    Fid.OfFile folder = fids.file(in.i32());
    out.qid(tree.makeNode(folder.descriptor(), in.ownName(), in.i32()));
  }

  private void makeLink(Request in, Reply out) throws FileError {
    Fid.OfFile folder = fids.file(in.i32());
    byte[] name = in.ownName();
    out.qid(tree.makeLink(in.text(), folder.descriptor(), name));
  }

  private void addName(Request in) throws FileError {
    Fid.OfFile folder = fids.file(in.i32());
    Fid.OfFile file = fids.file(in.i32());
    calls.addName(file.descriptor(), folder.descriptor(), in.ownName());
  }

  private void rename(Request in) throws FileError {
    Fid.OfFile file = fids.file(in.i32());
    Fid.OfFile folder = fids.file(in.i32());
    tree.rename(file.descriptor(), folder.descriptor(), in.ownName());
  }

  private void renameAt(Request in) throws FileError {
    int from = fids.file(in.i32()).descriptor();
    byte[] name = in.ownName();
    int to = fids.file(in.i32()).descriptor();
    calls.rename(from, name, to, in.ownName());
  }

  private void removeAt(Request in) throws FileError {
    int folder = fids.file(in.i32()).descriptor();
    byte[] name = in.ownName();
    int flags = in.i32();
    if ((flags & ~REMOVE_FOLDER) != 0) {
      throw new FileError(FileCalls.EINVAL);
    }
    calls.remove(folder, name, flags != 0);
  }

  // ------------------------------------------------------------ locks

  private void lock(Request in, Reply out) throws FileError {
    int number = in.i32();
    int kind = in.u8();
    in.i32(); // A client that wants to wait asks again.
    Lock wanted = range(number, kind, in);
    switch (kind) {
      case READ_LOCK, WRITE_LOCK -> out.u8(locks.take(wanted) ? LOCKED : BLOCKED);
      case UNLOCK -> {
        locks.release(wanted);
        out.u8(LOCKED);
      }
      default -> throw new FileError(FileCalls.EINVAL);
    }
  }

  private void getLock(Request in, Reply out) throws FileError {
    int number = in.i32();
    int kind = in.u8();
    Lock wanted = range(number, kind, in);
    Lock found = locks.conflict(wanted).orElse(wanted);
    boolean free = found.equals(wanted);
    out.u8(free ? UNLOCK : found.exclusive() ? WRITE_LOCK : READ_LOCK);
    out.i64(found.start());
    out.i64(found.end() == Long.MAX_VALUE ? 0 : found.end() - found.start() + 1);
    out.i32(found.process());
    out.text(found.client().getBytes(StandardCharsets.ISO_8859_1));
  }

  /** {@code start[8] length[8] proc_id[4] client_id[s]}; no length is up to the end. */
  private Lock range(int number, int kind, Request in) throws FileError {
    Fid.OfFile file = fids.opened(number);
    long start = in.i64();
    long length = in.i64();
    int process = in.i32();
    String client = new String(in.text(), StandardCharsets.ISO_8859_1);
    if (start < 0 || length < 0 || length > 0 && start > Long.MAX_VALUE - length) {
      throw new FileError(FileCalls.EINVAL);
    }
    var status = calls.status(file.descriptor());
    long end = length == 0 ? Long.MAX_VALUE : start + length - 1;
    return new Lock(
        number, status.device(), status.inode(), client, process, start, end, kind == WRITE_LOCK);
  }
}
