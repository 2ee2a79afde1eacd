using Microsoft.ML.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Columns;

/// <summary>Finds out which image shape a vector stands for.</summary>
internal static class VectorShape
{
    /// <summary>
    /// The shape of the images in a vector column: the expected one if the size fits it, else the vector's own dimensions, else
    /// a square with three channels or one.
    /// </summary>
    /// <exception cref="ArgumentException">The size or the dimensions do not fit, or leave the shape open.</exception>
    public static ImageShape Of(string name, VectorDataViewType type, bool interleaved, ImageShape? expected)
    {
        var declared = Declared(name, type, interleaved);
        if (expected is { } shape)
        {
            if (type.Size != shape.Size || (declared is not null && declared != shape))
            {
                string found = declared is null ? "" : $" ({declared})";
                throw new ArgumentException(
                    $"Column '{name}' is a vector of {type.Size} values{found}, but images of {shape} (channels×rows×columns), that is {shape.Size} values, are expected.");
            }

            return shape;
        }

        return declared ?? Square(type.Size, channels: 3) ?? Square(type.Size, channels: 1) ?? throw new ArgumentException(
            $"Column '{name}' is a vector of {type.Size} values, which is no square image of three channels or one. Declare its dimensions, for example with [VectorType(3, 32, 32)] on the property, or set ImageHeight and ImageWidth in the options.");
    }

    private static ImageShape? Declared(string name, VectorDataViewType type, bool interleaved)
    {
        var sizes = type.Dimensions;
        switch (sizes.Length)
        {
            case 2:
                return new ImageShape(1, sizes[0], sizes[1]);
            case 3 when interleaved:
                return new ImageShape(sizes[2], sizes[0], sizes[1]);
            case 3:
                // Rows × columns × channels read as channels × rows × columns would train on nonsense.
                return sizes[2] is >= 1 and <= 4 && sizes[0] > 4
                    ? throw new ArgumentException(
                        $"Column '{name}' has the dimensions {string.Join("×", sizes)}, which look like rows×columns×channels. Set InterleavePixelColors to true in the options, or bring the channels to the front.")
                    : new ImageShape(sizes[0], sizes[1], sizes[2]);
            default:
                return null;
        }
    }

    private static ImageShape? Square(int size, int channels)
    {
        int side = (int)Math.Round(Math.Sqrt(size / channels));
        return (long)channels * side * side == size ? new ImageShape(channels, side, side) : null;
    }
}
