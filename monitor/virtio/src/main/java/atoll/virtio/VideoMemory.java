package atoll.virtio;

import atoll.host.HostMemory;
import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A guest's video memory: the pictures that its driver has made, in one block that is as large as
 * they may become together. What is given back stays the guest's, so that a reset costs nothing,
 * and the host lends pages only as they are touched.
 */
final class VideoMemory implements AutoCloseable {
  /** Most pictures. */
  static final int MOST_RESOURCES = 1024;

  /** Most pieces of guest memory behind all of them. */
  static final int MOST_PIECES = 1 << 16;

  /** Screens full of pixels, and bytes, that there is room for. */
  private static final int SCREENS = 8;

  private static final long EXTRA = 8L << 20;
  private static final long PAGE = 4096;

  /** Pixels are read as little-endian words. */
  private static final ValueLayout.OfInt PIXEL =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final HostMemory memory;
  private final long size;
  private final NavigableMap<Long, GpuResource> byPlace = new TreeMap<>();

  @Unsaved("those above, by their numbers")
  private final Map<Integer, GpuResource> byId = new HashMap<>();

  /** What is behind has never been given out, and is zero. */
  @Unsaved("as far as its pictures reach, in one that is made anew")
  private long touched;

  /** Pieces of guest memory behind all pictures. */
  @Unsaved("counted again")
  private int pieces;

  /** Has room for some screens of so many pixels. */
  VideoMemory(int width, int height) {
    size = pages(SCREENS * (long) GpuFormat.PIXEL * width * height + EXTRA);
    memory = HostMemory.allocate(size);
  }

  /** Whole pages for so many bytes. */
  static long pages(long bytes) {
    return bytes + PAGE - 1 & -PAGE;
  }

  /** All of it. */
  MemorySegment segment() {
    return memory.segment();
  }

  /** The picture of a number, or null. */
  GpuResource get(int id) {
    return byId.get(id);
  }

  /** How many pictures there are. */
  int count() {
    return byId.size();
  }

  /** Whether so many more pieces of guest memory can be kept. */
  boolean hasRoomForPieces(int more) {
    return pieces + more <= MOST_PIECES;
  }

  /** Makes a picture, if there is room; its number is free. */
  Optional<GpuResource> create(int id, GpuFormat format, int width, int height) {
    if (!mayFit(width, height)) {
      return Optional.empty();
    }
    long bytes = pages((long) GpuFormat.PIXEL * width * height);
    long start = gap(bytes);
    if (bytes > size - start) {
      return Optional.empty();
    }
    GpuResource made = new GpuResource(id, format, width, height, start, start < touched);
    touched = Math.max(touched, made.end());
    add(made);
    return Optional.of(made);
  }

  /** Whether so many pixels, in a picture more, are not too many in any case. */
  private boolean mayFit(int width, int height) {
    return count() < MOST_RESOURCES && (long) width * height <= size / GpuFormat.PIXEL;
  }

  /** The first place that has room, or the end of the last picture. */
  private long gap(long bytes) {
    long start = 0;
    for (GpuResource next : byPlace.values()) {
      if (next.start - start >= bytes) {
        return start;
      }
      start = next.end();
    }
    return start;
  }

  private void add(GpuResource picture) {
    byId.put(picture.id, picture);
    byPlace.put(picture.start, picture);
  }

  /** Gives a picture's guest memory, or null to take it away. */
  void back(GpuResource picture, GpuBacking backing) {
    pieces -= picture.pieces();
    picture.backing(backing);
    pieces += picture.pieces();
  }

  void remove(GpuResource picture) {
    back(picture, null);
    byId.remove(picture.id);
    byPlace.remove(picture.start);
  }

  void clear() {
    byId.clear();
    byPlace.clear();
    pieces = 0;
  }

  List<GpuResource.State> saved() {
    return byPlace.values().stream().map(this::saved).toList();
  }

  private GpuResource.State saved(GpuResource picture) {
    byte[] pixels = new byte[Math.toIntExact(picture.bytes())];
    MemorySegment.copy(segment(), picture.start, MemorySegment.ofArray(pixels), 0, picture.bytes());
    return new GpuResource.State(
        picture.id,
        picture.format.number(),
        picture.width,
        picture.height,
        picture.start,
        picture.backing() != null,
        picture.backing() == null ? new byte[0] : picture.backing().saved(),
        pixels);
  }

  /** Has these pictures, and no others. */
  void restore(List<GpuResource.State> pictures) {
    clear();
    touched = 0;
    pictures.forEach(this::restore);
  }

  private void restore(GpuResource.State saved) {
    GpuFormat format = GpuFormat.of(saved.format());
    long bytes = (long) GpuFormat.PIXEL * saved.width() * saved.height();
    boolean sound =
        format != null
            && saved.id() != 0
            && !byId.containsKey(saved.id())
            && saved.width() > 0
            && saved.height() > 0
            && mayFit(saved.width(), saved.height())
            && bytes == saved.pixels().length;
    boolean placed =
        saved.start() % PAGE == 0
            && saved.start() >= touched
            && pages(bytes) <= size - saved.start();
    if (!sound || !placed) {
      throw new IllegalArgumentException(
          "the saved state has a picture %d of %d x %d pixels that is none for this display"
              .formatted(saved.id(), saved.width(), saved.height()));
    }
    GpuResource picture =
        new GpuResource(saved.id(), format, saved.width(), saved.height(), saved.start(), true);
    add(picture);
    touched = picture.end();
    if (saved.backed()) {
      back(picture, GpuBacking.restored(saved.backing(), MOST_PIECES - pieces));
    }
    segment().asSlice(picture.start, bytes).copyFrom(MemorySegment.ofArray(saved.pixels()));
  }

  /** A part of a picture's row into {@code into}, in its format. */
  void read(GpuResource picture, int x, int y, int[] into, int count) {
    MemorySegment.copy(segment(), PIXEL, picture.at(x, y), into, 0, count);
  }

  @Override
  public void close() {
    memory.close();
  }
}
