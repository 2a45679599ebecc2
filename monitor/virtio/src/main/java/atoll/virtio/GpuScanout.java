package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.DisplayBackend;
import atoll.state.Unsaved;

/** What a display shows: a part of a driver's picture, or nothing (§5.7.6.8, SET_SCANOUT). */
final class GpuScanout {
  /** Units of budget for a row that is drawn, and for some pixels of it. */
  private static final int ROW_COST = 60;

  private static final int PIXELS_A_UNIT = 2;

  private final DisplayBackend screen;
  private final VideoMemory memory;

  /** The number of the picture, or 0. */
  private int resource;

  private GpuRectangle part = new GpuRectangle(0, 0, 0, 0);

  @Unsaved("of the row that is being drawn")
  private final int[] row;

  /**
   * What is shown.
   *
   * @param resource the picture's number, or 0
   */
  public record State(int resource, int x, int y, int width, int height) {}

  GpuScanout(DisplayBackend screen, VideoMemory memory) {
    this.screen = screen;
    this.memory = memory;
    row = new int[screen.mostWidth()];
  }

  boolean shows(GpuResource picture) {
    return resource == picture.id;
  }

  /** Whether the screen is large enough for a part of a picture. */
  boolean hasRoomFor(GpuRectangle wanted) {
    return wanted.width() <= screen.mostWidth() && wanted.height() <= screen.mostHeight();
  }

  /** Shows a part of a picture that the screen has room for, once it is drawn. */
  void show(GpuResource picture, GpuRectangle wanted) {
    resource = picture.id;
    part = wanted;
    screen.show(wanted.width(), wanted.height());
  }

  void blank() {
    if (resource != 0) {
      resource = 0;
      screen.blank();
    }
  }

  /**
   * Draws what is shown of a part of the picture.
   *
   * @param from its first row that has not been drawn
   * @return the next such row, or that behind the last
   */
  int draw(GpuResource picture, GpuRectangle changed, int from, ExitBudget budget) {
    GpuRectangle visible = changed.and(part);
    int next = from;
    while (next < visible.height() && (next == from || !budget.spent())) {
      int y = visible.y() + next++;
      memory.read(picture, visible.x(), y, row, visible.width());
      picture.format.order(row, visible.width());
      screen.draw(visible.x() - part.x(), y - part.y(), row, visible.width());
      budget.spend(ROW_COST + visible.width() / PIXELS_A_UNIT);
    }
    if (next >= visible.height() && !visible.empty()) {
      screen.drawn(
          visible.x() - part.x(), visible.y() - part.y(), visible.width(), visible.height());
    }
    return next;
  }

  /** How many rows {@link #draw} has to draw. */
  int rows(GpuRectangle changed) {
    GpuRectangle visible = changed.and(part);
    return visible.empty() ? 0 : visible.height();
  }

  State state() {
    return new State(resource, part.x(), part.y(), part.width(), part.height());
  }

  void restore(State state) {
    GpuRectangle saved = new GpuRectangle(state.x, state.y, state.width, state.height);
    GpuResource picture = memory.get(state.resource);
    boolean shown = picture != null && saved.within(picture.width, picture.height);
    if (state.resource != 0 && !(shown && hasRoomFor(saved))) {
      throw new IllegalArgumentException(
          "the saved state of a display shows a part of picture %d that there is not"
              .formatted(state.resource));
    }
    resource = state.resource;
    part = resource == 0 ? new GpuRectangle(0, 0, 0, 0) : saved;
  }
}
