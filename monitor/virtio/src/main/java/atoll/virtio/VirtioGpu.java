package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.DisplayBackend;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The GPU device (§5.7) as far as it is needed to show pictures, with one display. A driver makes
 * pictures, fills them from its memory, and says which one is shown. What it can ask for is bounded
 * by the {@link VideoMemory}.
 */
public final class VirtioGpu extends VirtioDevice {
  static final int FEATURE_EDID = 1; // §5.7.3

  private static final int ID = 16; // §5.7.1
  private static final int CONTROL = 0; // §5.7.2
  private static final int QUEUES = 2;
  private static final int QUEUE_SIZE = 256;
  private static final int CONFIG_SIZE = 16; // §5.7.4
  private static final int DISPLAYS = 1;

  private final DisplayBackend screen;
  private final VideoMemory memory;
  private final GpuScanout scanout;
  private final GpuCommands commands;
  private final GpuCursor cursor;

  @Unsaved("known again with the next notification")
  private volatile LongConsumer payer = nanos -> {};

  /**
   * The whole state.
   *
   * @param pictures that the driver has made
   * @param scanout what of them is shown
   * @param command what is half done
   * @param screen what was drawn
   */
  public record State(
      List<GpuResource.State> pictures,
      GpuScanout.State scanout,
      GpuCommands.State command,
      DisplayBackend.State screen)
      implements VirtioDevice.State {
    public State {
      pictures = List.copyOf(pictures);
    }
  }

  /** One that shows its picture on {@code screen}. */
  public VirtioGpu(DisplayBackend screen) {
    this.screen = screen;
    memory = new VideoMemory(screen.mostWidth(), screen.mostHeight());
    scanout = new GpuScanout(screen, memory);
    commands = new GpuCommands(this, memory, scanout);
    cursor = new GpuCursor(this, memory, screen);
  }

  int width() {
    return screen.width();
  }

  int height() {
    return screen.height();
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    return 1L << FEATURE_EDID;
  }

  @Override
  int queues() {
    return QUEUES;
  }

  @Override
  int queueSize() {
    return QUEUE_SIZE;
  }

  @Override
  int configSize() {
    return CONFIG_SIZE;
  }

  /** The display never changes, so that there are no events; and there are no sets of 3D. */
  @Override
  void config(ByteBuffer into) {
    into.putInt(0).putInt(0).putInt(DISPLAYS).putInt(0);
  }

  @Override
  void attached() {
    screen.attach(nanos -> payer.accept(nanos));
  }

  /** Takes it off the screen and gives its memory back, for good; nothing uses it any more. */
  public void unplug() {
    screen.detach();
    memory.close();
  }

  @Override
  boolean serve(int queue, ExitBudget budget) {
    payer = session().payer();
    return session().serve(queue, budget, queue == CONTROL ? commands : cursor);
  }

  @Override
  void stopped(int queue) {
    if (queue == CONTROL) {
      commands.forget();
    }
  }

  @Override
  void reset() {
    scanout.blank();
    screen.noCursor();
    memory.clear();
  }

  @Override
  State state() {
    return new State(memory.saved(), scanout.state(), commands.state(), screen.state());
  }

  @Override
  void restore(VirtioDevice.State state) {
    if (!(state instanceof State saved)) {
      throw new IllegalArgumentException("the saved state is of another kind of virtio device");
    }
    memory.restore(saved.pictures);
    scanout.restore(saved.scanout);
    commands.restore(saved.command);
    screen.restore(saved.screen);
  }
}
