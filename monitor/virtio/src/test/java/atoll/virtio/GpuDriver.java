package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A GPU's driver: sends commands (§5.7.6.8), and tells what was answered. */
final class GpuDriver implements AutoCloseable {
  static final int GET_DISPLAY_INFO = 0x100;
  static final int CREATE_2D = 0x101;
  static final int UNREF = 0x102;
  static final int SET_SCANOUT = 0x103;
  static final int FLUSH = 0x104;
  static final int TRANSFER = 0x105;
  static final int ATTACH = 0x106;
  static final int DETACH = 0x107;
  static final int GET_EDID = 0x10a;
  static final int UPDATE_CURSOR = 0x300;
  static final int MOVE_CURSOR = 0x301;

  static final int OK = 0x1100;
  static final int UNSPECIFIED = 0x1200;
  static final int OUT_OF_MEMORY = 0x1201;
  static final int INVALID_SCANOUT = 0x1202;
  static final int INVALID_RESOURCE = 0x1203;
  static final int INVALID_PARAMETER = 0x1205;

  static final long EDID = 1L << 1;

  /** Where a test keeps pixels: the second half of RAM. */
  static final long PIXELS = RAM + RAM_SIZE / 2;

  final FakeScreen screen = new FakeScreen();
  final VirtioDriver driver;
  final VirtioDriver.Ring control;
  final VirtioDriver.Ring cursor;
  private long request;
  private long answer;

  GpuDriver() {
    this(VERSION_1 | EDID);
  }

  GpuDriver(long features) {
    driver = new VirtioDriver(new VirtioGpu(screen));
    driver.negotiate(features);
    control = driver.ring(0, 64, false);
    cursor = driver.ring(1, 16, false);
    driver.ok();
    request = driver.allocate(64);
    answer = driver.allocate(2048);
  }

  private void header(int type, int... body) {
    driver.memory.putInt(request, type);
    driver.memory.putInt(request + 4, 0);
    driver.memory.putLong(request + 8, 0);
    driver.memory.putLong(request + 16, 0);
    for (int i = 0; i < body.length; i++) {
      driver.memory.putInt(request + 24 + 4L * i, body[i]);
    }
  }

  /** Makes a command available, without a notification. */
  void offer(int type, int... body) {
    header(type, body);
    control.add(new Buffer(request, 24 + 4 * body.length, false), new Buffer(answer, 2048, true));
  }

  /** Sends a command; returns the type of the answer. */
  int send(int type, int... body) {
    offer(type, body);
    control.kick();
    return answered();
  }

  /** The type of the answer that has come. */
  int answered() {
    control.take();
    return driver.memory.getInt(answer);
  }

  /** The bytes of the last answer. */
  ByteBuffer answer(int size) {
    return ByteBuffer.wrap(driver.memory.read(answer, size)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Sends a command to the cursor queue, as Linux does: without room for an answer. */
  void point(int type, int... body) {
    header(type, body);
    cursor.add(new Buffer(request, 24 + 4 * body.length, false));
    cursor.kick();
    cursor.take();
  }

  /** Says that a picture's pixels are in pieces of guest memory: address, length, and so on. */
  int attach(int id, long... pieces) {
    offerAttach(id, pieces);
    control.kick();
    return answered();
  }

  /** The same, without a notification. */
  void offerAttach(int id, long... pieces) {
    offerList(id, listOf(pieces), pieces.length / 2);
  }

  /** Writes such a list into memory. */
  long listOf(long... pieces) {
    long list = driver.allocate(8 * pieces.length);
    for (int i = 0; i < pieces.length; i += 2) {
      driver.memory.putLong(list + 8L * i, pieces[i]);
      driver.memory.putInt(list + 8L * i + 8, (int) pieces[i + 1]);
    }
    return list;
  }

  /** Says that a picture's pixels are in the pieces of a list that is in memory already. */
  int attachList(int id, long list, int count) {
    offerList(id, list, count);
    control.kick();
    return answered();
  }

  private void offerList(int id, long list, int count) {
    header(ATTACH, id, count);
    control.add(
        new Buffer(request, 32, false),
        new Buffer(list, 16 * count, false),
        new Buffer(answer, 24, true));
  }

  @Override
  public void close() {
    driver.close();
  }
}
