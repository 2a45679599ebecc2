package atoll.front;

import atoll.engine.Paging;

/** Reads {@code sv39}, {@code sv48} or {@code sv57}. */
final class PagingName extends OneOf<Paging> {
  PagingName() {
    super(Paging.class);
  }
}
