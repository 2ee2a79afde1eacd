namespace Microsoft.ML.Transforms.Image;

/// <summary>How vectors become images: the size, the layout, value · scale + offset, and what channels that are not in the vector hold.</summary>
internal sealed record VectorToImageOptions(
    int Height, int Width, ChannelLayout Layout, float Scale, float Offset, byte Alpha, byte Red, byte Green, byte Blue)
{
    public int VectorSize => Height * Width * Layout.Channels.Length;

    public byte Default(char channel) => channel switch
    {
        'A' => Alpha,
        'R' => Red,
        'G' => Green,
        _ => Blue,
    };

    public static VectorToImageOptions Checked(
        int height, int width, ChannelLayout layout, float scale, float offset, int alpha, int red, int green, int blue)
    {
        // The type refuses impossible sizes.
        _ = new ImageDataViewType(height, width);
        if (!float.IsFinite(scale))
        {
            throw new ArgumentOutOfRangeException("scaleImage", scale, "The scale of pixels is a finite number.");
        }

        if (!float.IsFinite(offset))
        {
            throw new ArgumentOutOfRangeException("offsetImage", offset, "The offset of pixels is a finite number.");
        }

        return new VectorToImageOptions(
            height, width, layout, scale, offset,
            CheckByte(alpha, "defaultAlpha"), CheckByte(red, "defaultRed"), CheckByte(green, "defaultGreen"), CheckByte(blue, "defaultBlue"));
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Height);
        writer.Write(Width);
        Layout.Write(writer);
        writer.Write(Scale);
        writer.Write(Offset);
        writer.Write([Alpha, Red, Green, Blue]);
    }

    public static VectorToImageOptions Read(BinaryReader reader)
    {
        int height = ImageColumns.ReadSize(reader, "an image height");
        int width = ImageColumns.ReadSize(reader, "an image width");
        ChannelLayout layout = ChannelLayout.Read(reader);
        return Checked(
            height, width, layout, reader.ReadSingle(), reader.ReadSingle(),
            reader.ReadByte(), reader.ReadByte(), reader.ReadByte(), reader.ReadByte());
    }

    private static byte CheckByte(int value, string name) =>
        value is >= 0 and <= 255 ? (byte)value : throw new ArgumentOutOfRangeException(name, value, "The value of a channel is 0 to 255.");
}
