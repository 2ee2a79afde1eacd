namespace MLNet.RandomPruning.Data;

/// <summary>
/// One class of <see cref="GeneratedImages"/>: a figure as its signed distance, negative inside, in a frame of its own in which
/// it reaches about 1 from the centre.
/// </summary>
/// <param name="Name">What is drawn.</param>
/// <param name="LargestSlope">How far it is turned either way, as a slope; +∞ when it is drawn in every direction.</param>
/// <param name="SmallestRadius">The smallest radius in pixels at which it is still told from the others.</param>
/// <param name="Distance">
/// The signed distance at (x, y), exact near the edges; the last argument is the period of what repeats, in the same unit.
/// </param>
internal sealed record GeneratedShape(string Name, double LargestSlope, double SmallestRadius, Func<double, double, double, double> Distance)
{
    private const double PatternSide = 0.9;
    private const double AnyDirection = double.PositiveInfinity;

    public static IReadOnlyList<GeneratedShape> All { get; } =
    [
        new("circle", AnyDirection, 8, (x, y, _) => Length(x, y) - 0.95),
        new("square", 0.35, 8, (x, y, _) => Box(x, y, 0.8, 0.8)),
        new("triangle", AnyDirection, 8, (x, y, _) => Triangle(x, y)),
        new("cross", AnyDirection, 8, (x, y, _) => Math.Min(Box(x, y, 1, 0.3), Box(x, y, 0.3, 1))),
        new("ring", AnyDirection, 8, (x, y, _) => Math.Abs(Length(x, y) - 0.78) - 0.2),
        new("star", AnyDirection, 8, (x, y, _) => Star(x, y)),
        new("frame", 0.35, 8, (x, y, _) => Math.Max(Box(x, y, 0.85, 0.85), -Box(x, y, 0.5, 0.5))),
        new("horizontal stripes", 0.17, 9, (x, y, period) => Math.Max(Box(x, y, PatternSide, PatternSide), Stripes(y, period))),
        new("vertical stripes", 0.17, 9, (x, y, period) => Math.Max(Box(x, y, PatternSide, PatternSide), Stripes(x, period))),
        new("checkerboard", 0.17, 9, (x, y, period) => Math.Max(Box(x, y, PatternSide, PatternSide), Checks(Stripes(x, period), Stripes(y, period)))),
    ];

    private static double Length(double x, double y) => Math.Sqrt(x * x + y * y);

    private static double Box(double x, double y, double halfWidth, double halfHeight) =>
        Math.Max(Math.Abs(x) - halfWidth, Math.Abs(y) - halfHeight);

    private static double Triangle(double x, double y)
    {
        // Three half-planes with normals 120° apart.
        const double inradius = 0.55, sine60 = 0.8660254037844386;
        return Math.Max(-y, Math.Max(0.5 * y + sine60 * x, 0.5 * y - sine60 * x)) - inradius;
    }

    private static double Star(double x, double y)
    {
        // The pentagram is what lies outside at most one of the five half-planes whose edges are its lines: its distance is
        // therefore the second largest of the five. The normals are (sin 72°k, cos 72°k); the lines pass the centre at cos 72°.
        const double radius = 1.15, cosine72 = 0.30901699437494745, sine72 = 0.9510565162951535;
        const double cosine144 = -0.8090169943749475, sine144 = 0.5877852522924731;
        Span<double> heights =
        [
            y, cosine72 * y + sine72 * x, cosine72 * y - sine72 * x, cosine144 * y + sine144 * x, cosine144 * y - sine144 * x,
        ];
        double largest = double.NegativeInfinity, second = double.NegativeInfinity;
        foreach (double height in heights)
        {
            second = Math.Max(second, Math.Min(largest, height));
            largest = Math.Max(largest, height);
        }

        return second - radius * cosine72;
    }

    private static double Stripes(double at, double period)
    {
        double turn = at / period;
        return (Math.Abs(turn - Math.Floor(turn) - 0.5) - 0.25) * period;
    }

    /// <summary>What lies in exactly one of two sets.</summary>
    private static double Checks(double first, double second) => Math.Max(Math.Min(first, second), -Math.Max(first, second));
}
