package atoll.virtio;

import atoll.device.spi.ShareBackend;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * A shared folder that answers each message with itself, its type one higher; a test may let each
 * answer wait.
 */
final class GatedShare implements ShareBackend {
  private final ByteBuffer request =
      ByteBuffer.allocateDirect(64 << 10).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer answer =
      ByteBuffer.allocateDirect(64 << 10).order(ByteOrder.LITTLE_ENDIAN);
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore gate;

  /** What happened: {@code reset}, {@code restore}, or a message's type. */
  final List<String> events = Collections.synchronizedList(new ArrayList<>());

  GatedShare(int open) {
    gate = new Semaphore(open);
  }

  void awaitBegun() {
    begun.acquireUninterruptibly();
  }

  void let(int answers) {
    gate.release(answers);
  }

  @Override
  public String tag() {
    return "work";
  }

  @Override
  public ByteBuffer request() {
    return request.clear();
  }

  @Override
  public ByteBuffer answer(int room) {
    begun.release();
    gate.acquireUninterruptibly();
    request.rewind();
    events.add("message " + request.get(4));
    answer.clear().limit(Math.min(room, request.limit()));
    answer.put(request.slice(0, answer.limit())).flip();
    answer.put(4, (byte) (request.get(4) + 1));
    return answer;
  }

  @Override
  public void reset() {
    events.add("reset");
  }

  @Override
  public State state() {
    return new State(8192, List.of(), List.of());
  }

  @Override
  public void restore(State state) {
    events.add("restore " + state.messageBytes());
  }

  @Override
  public void close() {}
}
