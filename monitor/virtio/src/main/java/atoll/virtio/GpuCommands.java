package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * The commands of a GPU's control queue (§5.7.6.8). Those that move pixels, and the one with a list
 * of memory, are done in pieces; how far one is done is kept with the command, so that another
 * machine can go on.
 */
final class GpuCommands implements VirtioSession.Server {
  private static final int GET_DISPLAY_INFO = 0x100; // §5.7.6.7
  private static final int CREATE_2D = 0x101;
  private static final int UNREF = 0x102;
  private static final int SET_SCANOUT = 0x103;
  private static final int FLUSH = 0x104;
  private static final int TRANSFER = 0x105;
  private static final int ATTACH = 0x106;
  private static final int DETACH = 0x107;
  private static final int GET_EDID = 0x10a;

  static final int OK = 0x1100;
  static final int OK_DISPLAY_INFO = 0x1101;
  static final int OK_EDID = 0x1104;
  static final int UNSPECIFIED = 0x1200;
  static final int OUT_OF_MEMORY = 0x1201;
  static final int INVALID_SCANOUT = 0x1202;
  static final int INVALID_RESOURCE = 0x1203;
  static final int INVALID_PARAMETER = 0x1205;

  /** More of the command is left for the next step. */
  private static final int MORE = 0;

  /** Most pieces of memory behind one picture: 64 MiB in pages. */
  private static final int MOST_PIECES = 1 << 14;

  /** Pieces that are noted at once, and bytes that are moved. */
  private static final int PIECES_AT_ONCE = 64;

  private static final long AT_ONCE = 64 << 10;

  private static final int INFO_SIZE = 24; // of one of 16 displays
  private static final int DISPLAYS = 16;
  private static final int EDID_ROOM = 1024;
  private static final int LONGEST_ANSWER = GpuRequest.HEADER + 8 + EDID_ROOM;

  /** Units of budget for a command, and for a picture that may be in the way. */
  private static final int COST = 400;

  private static final int PICTURE_COST = 20;

  /** The same for a piece of memory: noted, or copied from; and for bytes. */
  private static final int PIECE_COST = 40;

  private static final int BYTES_A_UNIT = 8;

  private final VirtioGpu device;
  private final VideoMemory memory;
  private final GpuScanout scanout;

  /** The command under way, or null. */
  private GpuRequest request;

  /** How far it is: bytes, rows or pieces. */
  private long done;

  /** The pieces that it has named so far, or null. */
  private GpuBacking named;

  @Unsaved("of the command that is being served")
  private final ByteBuffer answer =
      ByteBuffer.allocate(LONGEST_ANSWER).order(ByteOrder.LITTLE_ENDIAN);

  @Unsaved("of the command that is being served")
  private final ByteBuffer list =
      ByteBuffer.allocate(PIECES_AT_ONCE * GpuBacking.ENTRY).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * A command that is half done.
   *
   * @param request as it was sent; empty if there is none
   * @param done how far it is
   * @param naming whether it names memory
   * @param named which, so far
   */
  @SuppressWarnings("ArrayRecordComponent") // which nobody compares
  public record State(byte[] request, long done, boolean naming, byte[] named) {}

  GpuCommands(VirtioGpu device, VideoMemory memory, GpuScanout scanout) {
    this.device = device;
    this.memory = memory;
    this.scanout = scanout;
  }

  /** The command under way is not to go on. */
  void forget() {
    request = null;
    named = null;
    done = 0;
  }

  @Override
  public long serve(DescriptorChain chain, ExitBudget budget) {
    if (request == null && !begin(chain, budget)) {
      return 0;
    }
    int type = step(chain, budget);
    if (type == MORE) {
      return UNFINISHED;
    }
    long filled = finish(type, chain);
    forget();
    return filled;
  }

  private boolean begin(DescriptorChain chain, ExitBudget budget) {
    budget.spend(COST);
    if (chain.readable() < GpuRequest.HEADER || chain.writable() < GpuRequest.HEADER) {
      device
          .session()
          .broken(
              "a GPU command of %d bytes with room for %d of its answer"
                  .formatted(chain.readable(), chain.writable()));
      return false;
    }
    byte[] header = new byte[GpuRequest.HEADER];
    chain.read(header);
    int body = bodyOf(GpuRequest.of(header).type());
    byte[] sent = Arrays.copyOf(header, header.length + (int) Math.min(body, chain.readable()));
    chain.read(MemorySegment.ofArray(sent).asSlice(header.length));
    request = GpuRequest.of(sent);
    done = 0;
    return true;
  }

  /** Bytes of a command behind its header, without a list. */
  private static int bodyOf(int type) {
    return switch (type) {
      case GET_EDID, UNREF, ATTACH, DETACH -> 8;
      case CREATE_2D -> 16;
      case SET_SCANOUT, FLUSH -> 24;
      case TRANSFER -> 32;
      default -> 0;
    };
  }

  private long finish(int type, DescriptorChain chain) {
    answer.clear();
    request.answer(type, answer);
    switch (type) {
      case OK_DISPLAY_INFO -> displays();
      case OK_EDID -> edid();
      default -> {}
    }
    int size = (int) Math.min(answer.position(), chain.writable());
    chain.write(answer.array(), 0, size);
    return size;
  }

  /** One display is there, of 16 that the answer has places for. */
  private void displays() {
    answer.putInt(0).putInt(0).putInt(device.width()).putInt(device.height()).putInt(1).putInt(0);
    answer.put(new byte[(DISPLAYS - 1) * INFO_SIZE]);
  }

  private void edid() {
    byte[] edid = Edid.of(device.width(), device.height());
    answer.putInt(edid.length).putInt(0).put(edid).put(new byte[EDID_ROOM - edid.length]);
  }

  /** Does a piece; returns the type of the answer, or {@link #MORE}. */
  private int step(DescriptorChain chain, ExitBudget budget) {
    if (!request.has(bodyOf(request.type()))) {
      return INVALID_PARAMETER;
    }
    return switch (request.type()) {
      case GET_DISPLAY_INFO -> OK_DISPLAY_INFO;
      case GET_EDID -> askedEdid();
      case CREATE_2D -> create(budget);
      case UNREF -> remove();
      case SET_SCANOUT -> show(budget);
      case FLUSH -> flush(budget);
      case TRANSFER -> transfer(budget);
      case ATTACH -> attach(chain, budget);
      case DETACH -> detach();
      default -> UNSPECIFIED; // Nothing else is offered.
    };
  }

  private int askedEdid() {
    if (!device.session().negotiated(VirtioGpu.FEATURE_EDID)) {
      return UNSPECIFIED;
    }
    return request.number(0) == 0 ? OK_EDID : INVALID_SCANOUT;
  }

  // ------------------------------------------------------------ pictures come and go

  /** Black at first, though another picture was there before. */
  private int create(ExitBudget budget) {
    if (done == 0) {
      int made = make(budget);
      if (made != OK) {
        return made;
      }
    }
    GpuResource picture = memory.get(request.number(0));
    return picture == null ? INVALID_RESOURCE : clear(picture, budget);
  }

  private int make(ExitBudget budget) {
    budget.spend((long) PICTURE_COST * memory.count());
    int id = request.number(0);
    GpuFormat format = GpuFormat.of(request.number(4));
    int width = request.number(8);
    int height = request.number(12);
    if (id == 0 || memory.get(id) != null) {
      return INVALID_RESOURCE;
    }
    if (format == null || width <= 0 || height <= 0) {
      return INVALID_PARAMETER;
    }
    Optional<GpuResource> made = memory.create(id, format, width, height);
    made.filter(picture -> !picture.stale).ifPresent(picture -> done = picture.bytes());
    return made.isEmpty() ? OUT_OF_MEMORY : OK;
  }

  private int clear(GpuResource picture, ExitBudget budget) {
    long all = picture.bytes();
    while (done < all) {
      long part = Math.min(AT_ONCE, all - done);
      memory.segment().asSlice(picture.start + done, part).fill((byte) 0);
      done += part;
      budget.spend(part / BYTES_A_UNIT);
      if (done < all && budget.spent()) {
        return MORE;
      }
    }
    return OK;
  }

  private int remove() {
    GpuResource picture = memory.get(request.number(0));
    if (picture == null) {
      return INVALID_RESOURCE;
    }
    if (scanout.shows(picture)) {
      scanout.blank();
    }
    memory.remove(picture);
    return OK;
  }

  // ------------------------------------------------------------ what is shown

  private int show(ExitBudget budget) {
    GpuRectangle part = request.rectangle(0);
    int display = request.number(16);
    int id = request.number(20);
    GpuResource picture = memory.get(id);
    if (display != 0) {
      return INVALID_SCANOUT;
    }
    if (id == 0) {
      scanout.blank();
      return OK;
    }
    int wrong = wrongPart(picture, part);
    if (wrong != OK || !scanout.hasRoomFor(part)) {
      return wrong == OK ? INVALID_PARAMETER : wrong;
    }
    if (done == 0) {
      scanout.show(picture, part);
    }
    return draw(picture, part, budget);
  }

  private int flush(ExitBudget budget) {
    GpuRectangle part = request.rectangle(0);
    GpuResource picture = memory.get(request.number(16));
    int wrong = wrongPart(picture, part);
    return wrong != OK || !scanout.shows(picture) ? wrong : draw(picture, part, budget);
  }

  private static int wrongPart(GpuResource picture, GpuRectangle part) {
    if (picture == null) {
      return INVALID_RESOURCE;
    }
    return part.within(picture.width, picture.height) ? OK : INVALID_PARAMETER;
  }

  /** {@link #done} counts rows. */
  private int draw(GpuResource picture, GpuRectangle part, ExitBudget budget) {
    int rows = scanout.rows(part);
    if (done < rows) {
      done = scanout.draw(picture, part, (int) done, budget);
    }
    return done < rows ? MORE : OK;
  }

  /** {@link #done} counts bytes. */
  private int transfer(ExitBudget budget) {
    GpuRectangle part = request.rectangle(0);
    long offset = request.large(16);
    GpuResource picture = memory.get(request.number(24));
    int wrong = wrongPart(picture, part);
    if (wrong != OK) {
      return wrong;
    }
    GpuBacking backing = picture.backing();
    if (backing == null) {
      return UNSPECIFIED;
    }
    boolean whole = part.width() == picture.width; // Then there are no gaps between rows.
    long row = (long) GpuFormat.PIXEL * part.width();
    long all = row * part.height();
    long last = whole ? all : picture.stride() * (part.height() - 1) + row;
    if (offset < 0 || offset > backing.size() - last) {
      return INVALID_PARAMETER;
    }
    long run = whole ? all : row;
    while (done < all) {
      long y = done / run;
      long x = done % run;
      long to = picture.at(part.x(), part.y()) + picture.stride() * y + x;
      long from = offset + picture.stride() * y + x;
      if (!copy(backing, from, to, Math.min(run - x, AT_ONCE), budget)) {
        return UNSPECIFIED;
      }
      if (done < all && budget.spent()) {
        return MORE;
      }
    }
    return OK;
  }

  /** As much as is contiguous; returns false if the guest's memory is no longer there. */
  private boolean copy(GpuBacking backing, long from, long to, long most, ExitBudget budget) {
    int piece = backing.at(from);
    long bytes = Math.min(most, backing.left(piece, from));
    boolean there =
        device.session().read(backing.address(piece, from), memory.segment().asSlice(to, bytes));
    done += bytes;
    budget.spend(PIECE_COST + bytes / BYTES_A_UNIT);
    return there;
  }

  // ------------------------------------------------------------ the memory behind pictures

  /** {@link #done} counts pieces. */
  private int attach(DescriptorChain chain, ExitBudget budget) {
    GpuResource picture = memory.get(request.number(0));
    int count = request.number(4);
    int wrong = named == null ? wrongList(picture, count) : OK;
    if (wrong != OK || picture == null) {
      return picture == null ? INVALID_RESOURCE : wrong;
    }
    if (named == null) {
      named = new GpuBacking(count);
    }
    while (done < count) {
      if (!name((int) Math.min(count - done, PIECES_AT_ONCE), chain, budget)) {
        return INVALID_PARAMETER;
      }
      if (done < count && budget.spent()) {
        return MORE;
      }
    }
    named.complete();
    memory.back(picture, named);
    return OK;
  }

  private int wrongList(GpuResource picture, int count) {
    if (picture == null) {
      return INVALID_RESOURCE;
    }
    if (picture.backing() != null) {
      return UNSPECIFIED;
    }
    if (count <= 0 || count > MOST_PIECES) {
      return INVALID_PARAMETER;
    }
    return memory.hasRoomForPieces(count) ? OK : OUT_OF_MEMORY;
  }

  /** Notes some pieces; returns false if they are none. */
  private boolean name(int pieces, DescriptorChain chain, ExitBudget budget) {
    int bytes = pieces * GpuBacking.ENTRY;
    budget.spend((long) PIECE_COST * pieces);
    if (chain.readable() < bytes || named.room() < done + pieces) {
      return false;
    }
    chain.read(list.array(), bytes);
    list.clear();
    for (int n = 0; n < pieces; n++) {
      long gpa = list.getLong();
      int length = list.getInt();
      list.getInt(); // Padding.
      if (length != 0 && !device.session().isRam(gpa, Integer.toUnsignedLong(length))) {
        return false;
      }
      named.add(gpa, length);
    }
    done += pieces;
    return true;
  }

  private int detach() {
    GpuResource picture = memory.get(request.number(0));
    if (picture == null) {
      return INVALID_RESOURCE;
    }
    memory.back(picture, null);
    return OK;
  }

  // ------------------------------------------------------------ its state

  State state() {
    return new State(
        request == null ? new byte[0] : request.bytes().array(),
        done,
        named != null,
        named == null ? new byte[0] : named.saved());
  }

  void restore(State state) {
    if (state.done < 0
        || state.request.length != 0 && state.request.length < GpuRequest.HEADER
        || state.request.length > GpuRequest.MOST) {
      throw new IllegalArgumentException(
          "the saved state of a display has a command of %d bytes, %d of it done"
              .formatted(state.request.length, state.done));
    }
    request = state.request.length == 0 ? null : GpuRequest.of(state.request);
    done = state.done;
    named = state.naming ? GpuBacking.restored(state.named, MOST_PIECES) : null;
    if (named != null && named.count() > done) {
      throw new IllegalArgumentException(
          "the saved state of a display has %d pieces of memory of %d that were named"
              .formatted(named.count(), done));
    }
  }
}
