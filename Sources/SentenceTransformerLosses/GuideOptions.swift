import JSON
import Losses

/// What the guide of ``GISTEmbedLoss`` takes out, and what texts are compared with.
public struct GuideOptions {
    /// How much below the positive's similarity, by the guide, a candidate must lie to stay.
    public enum MarginStrategy: String, CaseIterable, Sendable {
        /// By `margin`.
        case absolute
        /// By `margin` times the size of the positive's similarity.
        case relative
    }

    /// What similarities are divided by.
    public var temperature: Double
    public var marginStrategy: MarginStrategy
    public var margin: Double
    /// Whether the other anchors are candidates of an anchor.
    public var contrastsAnchors: Bool
    /// Whether each positive is compared with the other positives.
    public var contrastsPositives: Bool
    /// See ``ContrastiveOptions/gathersAcrossDevices``.
    public var gathersAcrossDevices: Bool

    public init(temperature: Double = 0.01, marginStrategy: MarginStrategy = .absolute, margin: Double = 0, contrastsAnchors: Bool = true,
                contrastsPositives: Bool = true, gathersAcrossDevices: Bool = false) {
        self.temperature = temperature
        self.marginStrategy = marginStrategy
        self.margin = margin
        self.contrastsAnchors = contrastsAnchors
        self.contrastsPositives = contrastsPositives
        self.gathersAcrossDevices = gathersAcrossDevices
    }

    /// - Throws: ``LossError`` for numbers that make no sense.
    func check(for loss: String) throws {
        guard temperature > 0 else { throw LossError("\(loss): temperature must be above 0, got \(temperature)") }
        guard margin.isFinite else { throw LossError("\(loss): margin must be a finite number, got \(margin)") }
    }

    /// - Parameter guide: what records call the guide.
    func configuration(guide: String) -> JSONObject {
        ["guide": .string(guide), "temperature": .number(temperature), "margin_strategy": .string(marginStrategy.rawValue), "margin": .number(margin),
         "contrast_anchors": .bool(contrastsAnchors), "contrast_positives": .bool(contrastsPositives),
         "gather_across_devices": .bool(gathersAcrossDevices)]
    }
}
