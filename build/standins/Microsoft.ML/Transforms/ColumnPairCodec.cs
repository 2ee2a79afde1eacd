namespace Microsoft.ML.Data;

/// <summary>Writes and reads the column names of one-to-one transformers.</summary>
internal static class ColumnPairCodec
{
    public static void Write(BinaryWriter writer, (string outputColumnName, string inputColumnName)[] pairs)
    {
        writer.Write(pairs.Length);
        foreach ((string output, string input) in pairs)
        {
            writer.Write(output);
            writer.Write(input);
        }
    }

    public static (string outputColumnName, string inputColumnName)[] Read(BinaryReader reader)
    {
        var pairs = new (string, string)[ValueCodec.ReadCount(reader, "columns")];
        for (int i = 0; i < pairs.Length; i++)
        {
            pairs[i] = (reader.ReadString(), reader.ReadString());
        }
        return pairs;
    }
}
