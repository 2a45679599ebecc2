package atoll.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A client of 9P2000.L that says what a test wants, right or wrong. */
final class NinePClient {
  static final int ROOT = 0;
  static final int ROOM = 64 << 10;
  private static final int TAG = 77;

  private final SharedFolder share;
  private int nextFid = 1;

  /** An answer: its type, and what follows its header. */
  record Answer(int type, ByteBuffer body) {
    /** The error number, or 0. */
    int error() {
      return type == 7 ? body.getInt(body.position()) : 0;
    }

    String text() {
      byte[] text = new byte[body.getShort() & 0xffff];
      body.get(text);
      return new String(text, StandardCharsets.ISO_8859_1);
    }
  }

  /** An entry of a folder. */
  record Entry(String name, long next, int type) {}

  /** What Tgetattr says, in part. */
  record Details(long valid, int qidType, long path, int mode, long links, long size, long mtime) {}

  NinePClient(SharedFolder share) {
    this.share = share;
  }

  /** Agrees on the protocol and attaches fid 0. */
  NinePClient start() {
    assertThat(call(100, b -> text(b.putInt(1 << 20), "9P2000.L")).type()).isEqualTo(101);
    Answer attached =
        call(104, b -> text(text(b.putInt(ROOT).putInt(-1), "nobody"), "").putInt(65534));
    assertThat(attached.type()).isEqualTo(105);
    return this;
  }

  static ByteBuffer text(ByteBuffer into, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return into.putShort((short) bytes.length).put(bytes);
  }

  /** Sends a message and returns the answer, whatever it is. */
  Answer call(int type, Consumer<ByteBuffer> fields) {
    ByteBuffer request = share.request();
    request.putInt(0).put((byte) type).putShort((short) TAG);
    fields.accept(request);
    request.putInt(0, request.position());
    request.limit(request.position());
    return answer(ROOM);
  }

  /** Has what is in the buffer answered. */
  Answer answer(int room) {
    ByteBuffer answer = share.answer(room);
    assertThat(answer.remaining()).isBetween(7, room);
    ByteBuffer copy = ByteBuffer.allocate(answer.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    copy.put(answer).flip();
    assertThat(copy.getInt()).isEqualTo(copy.limit());
    int type = copy.get() & 0xff;
    copy.getShort();
    return new Answer(type, copy);
  }

  /** Sends a message that has to succeed. */
  ByteBuffer ok(int type, Consumer<ByteBuffer> fields) {
    Answer answer = call(type, fields);
    assertThat(answer.error()).as("error of message " + type).isZero();
    assertThat(answer.type()).isEqualTo(type + 1);
    return answer.body();
  }

  /** Sends a message that has to fail, and returns the error number. */
  int fails(int type, Consumer<ByteBuffer> fields) {
    Answer answer = call(type, fields);
    assertThat(answer.type()).isEqualTo(7);
    return answer.error();
  }

  int newFid() {
    return nextFid++;
  }

  private Consumer<ByteBuffer> walking(int from, int to, String... names) {
    return b -> {
      b.putInt(from).putInt(to).putShort((short) names.length);
      for (String name : names) {
        text(b, name);
      }
    };
  }

  /** Walks all the way from the root. */
  int walk(String... names) {
    return walkFrom(ROOT, names);
  }

  int walkFrom(int from, String... names) {
    int fid = newFid();
    ByteBuffer body = ok(110, walking(from, fid, names));
    assertThat(body.getShort()).isEqualTo((short) names.length);
    return fid;
  }

  Answer tryWalk(int from, int to, String... names) {
    return call(110, walking(from, to, names));
  }

  void open(int fid, int flags) {
    ok(12, b -> b.putInt(fid).putInt(flags));
  }

  /** Makes and opens a file in a folder. */
  int create(String name, int flags, int mode, String... folder) {
    int fid = walk(folder);
    ok(14, b -> text(b.putInt(fid), name).putInt(flags).putInt(mode).putInt(0));
    return fid;
  }

  int write(int fid, long offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return ok(118, b -> b.putInt(fid).putLong(offset).putInt(bytes.length).put(bytes)).getInt();
  }

  String read(int fid, long offset, int count) {
    ByteBuffer body = ok(116, b -> b.putInt(fid).putLong(offset).putInt(count));
    byte[] bytes = new byte[body.getInt()];
    body.get(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  void clunk(int fid) {
    ok(120, b -> b.putInt(fid));
  }

  Details details(int fid) {
    ByteBuffer b = ok(24, request -> request.putInt(fid).putLong(0x3fff));
    long valid = b.getLong();
    int type = b.get() & 0xff;
    b.getInt();
    long path = b.getLong();
    int mode = b.getInt();
    b.getInt();
    b.getInt();
    long links = b.getLong();
    b.getLong();
    long size = b.getLong();
    b.getLong();
    b.getLong();
    b.getLong();
    b.getLong();
    long mtime = b.getLong();
    return new Details(valid, type, path, mode, links, size, mtime);
  }

  /** Sets what {@code valid} says. */
  Consumer<ByteBuffer> setting(int fid, int valid, int mode, long size, long mtime) {
    return b -> {
      b.putInt(fid).putInt(valid).putInt(mode).putInt(-1).putInt(-1).putLong(size);
      b.putLong(mtime).putLong(0).putLong(mtime).putLong(0);
    };
  }

  /** Some entries from a place on. */
  List<Entry> entries(int fid, long from, int count) {
    ByteBuffer b = ok(40, request -> request.putInt(fid).putLong(from).putInt(count));
    assertThat(b.getInt()).isEqualTo(b.remaining()).isLessThanOrEqualTo(count);
    List<Entry> entries = new ArrayList<>();
    while (b.hasRemaining()) {
      b.position(b.position() + 13);
      long next = b.getLong();
      int type = b.get();
      byte[] name = new byte[b.getShort() & 0xffff];
      b.get(name);
      entries.add(new Entry(new String(name, StandardCharsets.ISO_8859_1), next, type));
    }
    return entries;
  }

  /** All entries. */
  List<Entry> entries(int fid, int count) {
    List<Entry> all = new ArrayList<>();
    for (List<Entry> some = entries(fid, 0, count); !some.isEmpty(); ) {
      all.addAll(some);
      some = entries(fid, some.getLast().next(), count);
    }
    return all;
  }
}
