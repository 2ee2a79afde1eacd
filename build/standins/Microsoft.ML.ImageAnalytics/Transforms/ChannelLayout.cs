using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Which channels of an image a vector holds, in which order, and whether pixel by pixel or plane by plane.</summary>
internal readonly record struct ChannelLayout(
    ImagePixelExtractingEstimator.ColorBits Colors, ImagePixelExtractingEstimator.ColorsOrder Order, bool IsInterleaved)
{
    /// <summary>Refuses no colours at all, and numbers that name none.</summary>
    public static ChannelLayout Checked(
        ImagePixelExtractingEstimator.ColorBits colors, string colorsName,
        ImagePixelExtractingEstimator.ColorsOrder order, string orderName, bool isInterleaved)
    {
        if (colors == 0 || (colors & ~ImagePixelExtractingEstimator.ColorBits.All) != 0)
        {
            throw new ArgumentOutOfRangeException(colorsName, colors, "Give one or more of alpha, red, green and blue.");
        }

        if (!Enum.IsDefined(order))
        {
            throw new ArgumentOutOfRangeException(orderName, order, "There is no such order of colours.");
        }

        return new ChannelLayout(colors, order, isInterleaved);
    }

    /// <summary>The channels that are in the vector, first to last, as letters: 'A', 'R', 'G' or 'B'.</summary>
    public string Channels
    {
        get
        {
            ImagePixelExtractingEstimator.ColorBits colors = Colors;
            return string.Concat(Order.ToString().Where(letter => (colors & BitOf(letter)) != 0));
        }
    }

    /// <summary>Height, width, channels; or channels, height, width.</summary>
    public VectorDataViewType VectorType(PrimitiveDataViewType itemType, int height, int width)
    {
        int channels = Channels.Length;
        return IsInterleaved
            ? new VectorDataViewType(itemType, height, width, channels)
            : new VectorDataViewType(itemType, channels, height, width);
    }

    /// <summary>Where a channel's first value is in the vector, and the distance to the next.</summary>
    public (int Start, int Step) Position(int channelIndex, int pixels) =>
        IsInterleaved ? (channelIndex, Channels.Length) : (channelIndex * pixels, 1);

    /// <summary>The byte of a pixel that holds a channel.</summary>
    public static int ByteOf(char channel, MLPixelFormat format) => channel switch
    {
        'A' => 3,
        'G' => 1,
        'R' => format == MLPixelFormat.Bgra32 ? 2 : 0,
        _ => format == MLPixelFormat.Bgra32 ? 0 : 2,
    };

    public void Write(BinaryWriter writer)
    {
        writer.Write((byte)Colors);
        writer.Write((byte)Order);
        writer.Write(IsInterleaved);
    }

    public static ChannelLayout Read(BinaryReader reader)
    {
        var colors = (ImagePixelExtractingEstimator.ColorBits)reader.ReadByte();
        if (colors == 0 || (colors & ~ImagePixelExtractingEstimator.ColorBits.All) != 0)
        {
            throw new FormatException($"The model is corrupt: it gives the colours of an image as {(byte)colors}.");
        }

        return new ChannelLayout(
            colors, ImageColumns.ReadEnum<ImagePixelExtractingEstimator.ColorsOrder>(reader, "an order of colours"), reader.ReadBoolean());
    }

    private static ImagePixelExtractingEstimator.ColorBits BitOf(char channel) => channel switch
    {
        'A' => ImagePixelExtractingEstimator.ColorBits.Alpha,
        'R' => ImagePixelExtractingEstimator.ColorBits.Red,
        'G' => ImagePixelExtractingEstimator.ColorBits.Green,
        _ => ImagePixelExtractingEstimator.ColorBits.Blue,
    };
}
