// The one wrapper of Cairo's pointers: a page in memory on which lines, shapes, text and images are drawn.

import CCairo
import Foundation

/// A page to draw on: a bitmap, or an SVG or PDF document kept in memory. Coordinates are points.
package final class Canvas {
    package enum Kind {
        case bitmap, svg, pdf
    }

    /// A text as it was put on the page, for finding texts that overlap or leave the page.
    package struct DrawnText {
        package var text: String
        package var corners: [Point]
    }

    /// The bytes that Cairo's stream functions deliver.
    private final class Sink {
        var data = Data()
    }

    package let size: FigureSize
    package private(set) var drawnTexts: [DrawnText] = []
    let kind: Kind
    /// Cairo closes and reopens FreeType's faces behind all fonts in use, which is not safe on several threads at once:
    /// whatever may touch a font holds this lock.
    private static let fonts = NSRecursiveLock()
    private let surface: OpaquePointer
    private let context: OpaquePointer
    private let sink = Sink()
    private let pixelsPerPoint: Double

    /// A page of `size` points; `scale` is the number of pixels per point of a bitmap.
    package init(_ kind: Kind, size: FigureSize, scale: Double = 1) throws(PlotError) {
        self.size = size
        self.kind = kind
        pixelsPerPoint = kind == .bitmap ? scale : 1
        // Cairo calls back on this thread while the surface lives; `sink` lives as long as this object.
        let closure = Unmanaged.passUnretained(sink).toOpaque()
        switch kind {
        case .bitmap:
            let (width, height) = ((size.width * scale).rounded(.up), (size.height * scale).rounded(.up))
            guard width >= 1, height >= 1, width <= 30_000, height <= 30_000 else {
                let reason = "a picture of \(width) x \(height) pixels is outside 1 to 30000"
                throw .drawing(reason: reason)
            }
            surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
        case .svg:
            surface = cairo_svg_surface_create_for_stream(Canvas.collect, closure, size.width, size.height)
        case .pdf:
            surface = cairo_pdf_surface_create_for_stream(Canvas.collect, closure, size.width, size.height)
        }
        context = cairo_create(surface)
        guard cairo_status(context) == CAIRO_STATUS_SUCCESS else {
            let reason = String(cString: cairo_status_to_string(cairo_status(context)))
            cairo_destroy(context)
            cairo_surface_destroy(surface)
            throw .drawing(reason: reason)
        }
        if kind == .bitmap { cairo_scale(context, scale, scale) }
        // Widths that do not depend on the pixel grid, so that a layout is the same at every scale and in every format.
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        cairo_set_font_options(context, options)
        cairo_font_options_destroy(options)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    }

    deinit {
        Canvas.fonts.lock()
        defer { Canvas.fonts.unlock() }
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    private static let collect: cairo_write_func_t = { closure, bytes, count in
        guard let closure, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
        Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue().data.append(bytes, count: Int(count))
        return CAIRO_STATUS_SUCCESS
    }

    // MARK: Shapes

    private func use(_ color: Color) {
        cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha)
    }

    package func fill(_ rect: Rect, _ color: Color) {
        use(color)
        cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
        cairo_fill(context)
    }

    package func stroke(_ rect: Rect, _ color: Color, width: Double = 1) {
        use(color)
        cairo_set_line_width(context, width)
        cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
        cairo_stroke(context)
    }

    package func line(_ from: Point, _ to: Point, _ color: Color, width: Double = 1, dash: [Double] = []) {
        polyline([from, to], color, width: width, dash: dash)
    }

    /// Joins the points by straight lines.
    package func polyline(_ points: [Point], _ color: Color, width: Double = 1, dash: [Double] = []) {
        guard let first = points.first else { return }
        use(color)
        cairo_set_line_width(context, width)
        cairo_set_dash(context, dash, Int32(dash.count), 0)
        cairo_move_to(context, first.x, first.y)
        for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
        cairo_stroke(context)
        cairo_set_dash(context, nil, 0, 0)
    }

    package func polygon(_ points: [Point], fill: Color, stroke: Color? = nil, width: Double = 1) {
        guard let first = points.first else { return }
        cairo_move_to(context, first.x, first.y)
        for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
        cairo_close_path(context)
        use(fill)
        finishShape(stroke, width)
    }

    package func circle(_ center: Point, radius: Double, fill: Color, stroke: Color? = nil, width: Double = 1) {
        cairo_new_path(context)
        cairo_arc(context, center.x, center.y, radius, 0, 2 * Double.pi)
        use(fill)
        finishShape(stroke, width)
    }

    private func finishShape(_ stroke: Color?, _ width: Double) {
        cairo_fill_preserve(context)
        if let stroke {
            use(stroke)
            cairo_set_line_width(context, width)
            cairo_stroke(context)
        }
        cairo_new_path(context)
    }

    /// Fills a rectangle with a color that changes along the line from `start` to `end`.
    package func fillGradient(_ rect: Rect, from start: Point, to end: Point, _ colors: [Color]) {
        let pattern = cairo_pattern_create_linear(start.x, start.y, end.x, end.y)
        for (index, color) in colors.enumerated() {
            let offset = Double(index) / Double(max(1, colors.count - 1))
            cairo_pattern_add_color_stop_rgba(pattern, offset, color.red, color.green, color.blue, color.alpha)
        }
        cairo_set_source(context, pattern)
        cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
        cairo_fill(context)
        cairo_pattern_destroy(pattern)
    }

    /// Draws with everything outside `rect` left as it is.
    package func clipped<Failure: Error>(to rect: Rect, _ draw: () throws(Failure) -> Void) throws(Failure) {
        cairo_save(context)
        cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
        cairo_clip(context)
        defer { cairo_restore(context) }
        try draw()
    }

    /// Draws with the page turned by `angle` radians (clockwise) about `center`, which becomes the origin.
    package func turned(by angle: Double, about center: Point, _ draw: () -> Void) {
        cairo_save(context)
        cairo_translate(context, center.x, center.y)
        cairo_rotate(context, angle)
        draw()
        cairo_restore(context)
    }

    /// Draws with everything `factor` times as large, `corner` being the origin.
    func scaled(by factor: Double, from corner: Point, _ draw: () -> Void) {
        cairo_save(context)
        cairo_translate(context, corner.x, corner.y)
        cairo_scale(context, factor, factor)
        draw()
        cairo_restore(context)
    }

    // MARK: Text

    /// Chooses the sans-serif font of this machine in a size in points.
    package func setFont(size: Double, bold: Bool = false) {
        Canvas.fonts.lock()
        defer { Canvas.fonts.unlock() }
        let weight = bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
        cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, weight)
        cairo_set_font_size(context, size)
    }

    /// Chooses one font file.
    package func setFont(_ font: FontFile, size: Double) {
        Canvas.fonts.lock()
        defer { Canvas.fonts.unlock() }
        let face = ccairo_font_face(font.path, Int32(font.index))
        cairo_set_font_face(context, face)
        cairo_font_face_destroy(face)
        cairo_set_font_size(context, size)
    }

    /// How far the pen moves when `text` is written in the current font.
    package func width(of text: String) -> Double {
        Canvas.fonts.lock()
        defer { Canvas.fonts.unlock() }
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, text, &extents)
        return extents.x_advance
    }

    /// The ink of `text` in the current font, relative to a pen at the origin.
    package func inkBounds(of text: String) -> Rect {
        Canvas.fonts.lock()
        defer { Canvas.fonts.unlock() }
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, text, &extents)
        return Rect(x: extents.x_bearing, y: extents.y_bearing, width: extents.width, height: extents.height)
    }

    /// Writes one line of text, its left end on the base line at `point`.
    package func text(_ text: String, at point: Point, _ color: Color) {
        Canvas.fonts.lock()
        defer { Canvas.fonts.unlock() }
        use(color)
        cairo_move_to(context, point.x, point.y)
        cairo_show_text(context, text)
        let ink = inkBounds(of: text)
        guard ink.width > 0 else { return }
        let (left, top, right, bottom) = (point.x + ink.x, point.y + ink.y, point.x + ink.maxX, point.y + ink.maxY)
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)].map { x, y in
            var (x, y) = (x, y)
            cairo_user_to_device(context, &x, &y)
            return Point(x / pixelsPerPoint, y / pixelsPerPoint)
        }
        drawnTexts.append(DrawnText(text: text, corners: corners))
    }

    // MARK: Images

    /// Draws an image into `rect`, its pixels as squares when enlarged a lot and averaged when made smaller.
    package func image(_ image: PlotImage, in rect: Rect, opacity: Double = 1, smooth: Bool? = nil) {
        paint(
            width: image.width, height: image.height, in: rect, opacity: opacity,
            smooth: smooth ?? (rect.width < 8 * Double(image.width))
        ) { index in
            let base = index * image.channels
            let (red, green, blue) =
                image.channels == 1
                ? (image.pixels[base], image.pixels[base], image.pixels[base])
                : (image.pixels[base], image.pixels[base + 1], image.pixels[base + 2])
            return 0xFF00_0000 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
        }
    }

    /// Draws a grid of colors, row by row, into `rect`.
    package func colors(_ colors: [Color], columns: Int, in rect: Rect, opacity: Double = 1, smooth: Bool) {
        guard columns > 0 else { return }
        let rows = colors.count / columns
        paint(width: columns, height: rows, in: rect, opacity: opacity, smooth: smooth) { index in
            let color = colors[index]
            // Cairo's pixels are multiplied by their alpha.
            func byte(_ value: Double) -> UInt32 { UInt32((max(0, min(1, value)) * color.alpha * 255).rounded()) }
            let alpha = UInt32((max(0, min(1, color.alpha)) * 255).rounded())
            return alpha << 24 | byte(color.red) << 16 | byte(color.green) << 8 | byte(color.blue)
        }
    }

    private func paint(
        width: Int, height: Int, in rect: Rect, opacity: Double, smooth: Bool, pixel: (Int) -> UInt32
    ) {
        // Browsers and other readers blur a small picture that is shown large, whatever the file asks for.
        let scale = smooth || kind == .bitmap ? 1 : max(1, min(32, 2048 / max(width, height, 1)))
        let (source, width, height) = (width, width * scale, height * scale)
        guard let surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, Int32(width), Int32(height)),
            let bytes = cairo_image_surface_get_data(surface)
        else { return }
        let stride = Int(cairo_image_surface_get_stride(surface))
        for row in 0..<height {
            // Cairo keeps each pixel as a 32-bit number in the byte order of the machine, each row aligned for it.
            let line = UnsafeMutableRawPointer(bytes + row * stride).assumingMemoryBound(to: UInt32.self)
            for column in 0..<width { line[column] = pixel(row / scale * source + column / scale) }
        }
        cairo_surface_mark_dirty(surface)
        cairo_save(context)
        cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
        cairo_clip(context)
        cairo_translate(context, rect.x, rect.y)
        cairo_scale(context, rect.width / Double(width), rect.height / Double(height))
        cairo_set_source_surface(context, surface, 0, 0)
        let pattern = cairo_get_source(context)
        cairo_pattern_set_filter(pattern, smooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST)
        cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
        cairo_paint_with_alpha(context, opacity)
        cairo_restore(context)
        cairo_surface_destroy(surface)
    }

    // MARK: Results

    /// The document: a PNG file of a bitmap, the SVG or PDF text of the others. Nothing can be drawn afterwards.
    package func finish() throws(PlotError) -> Data {
        Canvas.fonts.lock()
        defer { Canvas.fonts.unlock() }
        let status: cairo_status_t
        if kind == .bitmap {
            cairo_surface_flush(surface)
            status = cairo_surface_write_to_png_stream(
                surface, Canvas.collect, Unmanaged.passUnretained(sink).toOpaque())
        } else {
            cairo_surface_finish(surface)
            status = cairo_surface_status(surface)
        }
        guard status == CAIRO_STATUS_SUCCESS else {
            throw .drawing(reason: String(cString: cairo_status_to_string(status)))
        }
        return sink.data
    }

    /// Writes a bitmap as a PNG file, without waiting until it is on the disk.
    package func write(pngTo path: String) throws(PlotError) {
        cairo_surface_flush(surface)
        let status = cairo_surface_write_to_png(surface, path)
        guard status == CAIRO_STATUS_SUCCESS else {
            throw .cannotWrite(path: path, reason: String(cString: cairo_status_to_string(status)))
        }
    }

    /// The pixels of a bitmap: red, green and blue of each, row by row.
    package func pixels() -> PlotImage {
        cairo_surface_flush(surface)
        let (width, height) = (
            Int(cairo_image_surface_get_width(surface)), Int(cairo_image_surface_get_height(surface))
        )
        var result = [UInt8](repeating: 0, count: width * height * 3)
        if let bytes = cairo_image_surface_get_data(surface) {
            let stride = Int(cairo_image_surface_get_stride(surface))
            for row in 0..<height {
                let line = UnsafeRawPointer(bytes + row * stride).assumingMemoryBound(to: UInt32.self)
                for column in 0..<width {
                    let (value, base) = (line[column], (row * width + column) * 3)
                    result[base] = UInt8(value >> 16 & 255)
                    result[base + 1] = UInt8(value >> 8 & 255)
                    result[base + 2] = UInt8(value & 255)
                }
            }
        }
        return PlotImage(checkedWidth: width, height: height, channels: 3, pixels: result)
    }
}
