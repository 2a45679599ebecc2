package atoll.display;

/** A part of a picture, in pixels. */
record Area(int x, int y, int width, int height) {
  int pixels() {
    return width * height;
  }
}
