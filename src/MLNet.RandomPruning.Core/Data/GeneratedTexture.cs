using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Data;

/// <summary>
/// A random coloured surface: one colour that varies along another by a slope, soft blotches and a fine grain of waves.
/// One object is drawn anew for each image.
/// </summary>
internal sealed class GeneratedTexture
{
    private const int LatticeSide = 12;
    private readonly double[] _lattice = new double[LatticeSide * LatticeSide];
    private readonly double[] _colour = new double[3], _tint = new double[3];
    private double _cell, _slopeX, _slopeY, _blotches, _waveX, _waveY, _waves;

    /// <summary>The mean colour, each channel from 0 to 1.</summary>
    public ReadOnlySpan<double> Colour => _colour;

    /// <summary>Draws another texture.</summary>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="side">The length of the image's side in pixels.</param>
    public void Draw(ref KeyedRandom random, int side)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            _colour[channel] = random.NextDouble(0.05, 0.95);
            _tint[channel] = random.NextDouble(-0.15, 0.15);
        }

        _cell = random.NextDouble(4, 10);
        foreach (ref double value in _lattice.AsSpan())
        {
            value = random.NextDouble(-1, 1);
        }

        _slopeX = random.NextDouble(-1.5, 1.5) / side;
        _slopeY = random.NextDouble(-1.5, 1.5) / side;
        _blotches = random.NextDouble(0, 1);
        var (cosine, sine) = Direction(ref random);
        double frequency = 1 / random.NextDouble(2.5, 5);
        _waveX = cosine * frequency;
        _waveY = sine * frequency;
        _waves = random.NextDouble(0, 0.5);
    }

    /// <summary>Writes the colour at a pixel.</summary>
    public void At(double x, double y, double side, Span<double> colour)
    {
        double turn = _waveX * x + _waveY * y;
        double wave = 4 * Math.Abs(turn - Math.Floor(turn) - 0.5) - 1;
        double shade = _slopeX * (x - side / 2) + _slopeY * (y - side / 2) + _blotches * Blotch(x / _cell, y / _cell) + _waves * wave;
        for (int channel = 0; channel < 3; channel++)
        {
            colour[channel] = _colour[channel] + _tint[channel] * shade;
        }
    }

    /// <summary>A random direction as cosine and sine, found without functions whose last bit differs between platforms.</summary>
    public static (double Cosine, double Sine) Direction(ref KeyedRandom random)
    {
        double x, y, square;
        do
        {
            x = random.NextDouble(-1, 1);
            y = random.NextDouble(-1, 1);
            square = x * x + y * y;
        }
        while (square > 1 || square < 0.01);

        double length = Math.Sqrt(square);
        return (x / length, y / length);
    }

    private double Blotch(double x, double y)
    {
        int column = (int)x, row = (int)y;
        double across = Smooth(x - column), down = Smooth(y - row);
        var corner = _lattice.AsSpan(row * LatticeSide + column);
        double top = corner[0] + (corner[1] - corner[0]) * across;
        double bottom = corner[LatticeSide] + (corner[LatticeSide + 1] - corner[LatticeSide]) * across;
        return top + (bottom - top) * down;
    }

    private static double Smooth(double t) => t * t * (3 - 2 * t);
}
