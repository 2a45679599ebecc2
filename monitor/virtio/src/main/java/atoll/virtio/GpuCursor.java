package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.DisplayBackend;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The commands of a GPU's cursor queue (§5.7.6.10): the pointer's shape and place. The screen keeps
 * both, so that a picture which the pointer was made of may go.
 */
final class GpuCursor implements VirtioSession.Server {
  private static final int UPDATE = 0x300; // §5.7.6.7
  private static final int MOVE = 0x301;
  private static final int COMMAND = GpuRequest.HEADER + 32;
  private static final int SIDE = DisplayBackend.CURSOR_SIZE;

  /** Units of budget for a command, and for a shape. */
  private static final int COST = 500;

  private static final int SHAPE_COST = 10_000;

  private final VirtioGpu device;
  private final VideoMemory memory;
  private final DisplayBackend screen;

  @Unsaved("of the command that is being served")
  private final byte[] bytes = new byte[COMMAND];

  @Unsaved("of the command that is being served")
  private final int[] pixels = new int[SIDE * SIDE];

  GpuCursor(VirtioGpu device, VideoMemory memory, DisplayBackend screen) {
    this.device = device;
    this.memory = memory;
    this.screen = screen;
  }

  /** Drivers leave no room for an answer; if there is some, they get one. */
  @Override
  public long serve(DescriptorChain chain, ExitBudget budget) {
    budget.spend(COST);
    if (chain.readable() < COMMAND) {
      device.session().broken("a cursor command of %d bytes".formatted(chain.readable()));
      return 0;
    }
    chain.read(bytes);
    GpuRequest request = GpuRequest.of(bytes);
    int type = perform(request, budget);
    if (chain.writable() < GpuRequest.HEADER) {
      return 0;
    }
    ByteBuffer answer = ByteBuffer.allocate(GpuRequest.HEADER).order(ByteOrder.LITTLE_ENDIAN);
    request.answer(type, answer);
    chain.write(answer.array(), 0, GpuRequest.HEADER);
    return GpuRequest.HEADER;
  }

  private int perform(GpuRequest request, ExitBudget budget) {
    if (request.type() != UPDATE && request.type() != MOVE) {
      return GpuCommands.UNSPECIFIED;
    }
    if (request.number(0) != 0) {
      return GpuCommands.INVALID_SCANOUT;
    }
    int shaped = request.type() == UPDATE ? shape(request, budget) : GpuCommands.OK;
    if (shaped == GpuCommands.OK) {
      screen.cursorAt(request.number(4), request.number(8));
    }
    return shaped;
  }

  private int shape(GpuRequest request, ExitBudget budget) {
    int id = request.number(16);
    if (id == 0) {
      screen.noCursor();
      return GpuCommands.OK;
    }
    GpuResource picture = memory.get(id);
    if (picture == null) {
      return GpuCommands.INVALID_RESOURCE;
    }
    if (picture.width != SIDE || picture.height != SIDE) {
      return GpuCommands.INVALID_PARAMETER;
    }
    budget.spend(SHAPE_COST);
    memory.read(picture, 0, 0, pixels, pixels.length);
    picture.format.orderWithAlpha(pixels);
    screen.cursor(pixels, inside(request.number(20)), inside(request.number(24)));
    return GpuCommands.OK;
  }

  private static int inside(int hot) {
    return Math.clamp(hot, 0, SIDE - 1);
  }
}
