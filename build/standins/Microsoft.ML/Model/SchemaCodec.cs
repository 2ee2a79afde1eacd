using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Writes and reads the schema of a model's input: names, types, and annotations such as slot names and key values.</summary>
internal static class SchemaCodec
{
    private const uint Magic = 0x48435344; // "DSCH"
    private const int Version = 1;

    /// <summary>Writes a schema. Columns of types that a model cannot describe, such as images, are left out, and that is told.</summary>
    public static void Write(BinaryWriter writer, DataViewSchema schema, IChannel channel)
    {
        var columns = new List<DataViewSchema.Column>();
        foreach (DataViewSchema.Column column in schema)
        {
            if (DataViewTypeCodec.CanWrite(column.Type))
            {
                columns.Add(column);
            }
            else
            {
                channel.Info(MessageSensitivity.Schema, "Column '{0}' is left out of the saved input schema: its type {1} cannot be described there.", column.Name, column.Type);
            }
        }

        if (columns.Count == 0)
        {
            throw new InvalidOperationException("No valid columns to save: the input schema has no column of a type that a model can describe. Images cannot be; save the model with null for its input schema.");
        }

        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(columns.Count);
        foreach (DataViewSchema.Column column in columns)
        {
            writer.Write(column.Name);
            DataViewTypeCodec.Write(writer, column.Type);
            WriteAnnotations(writer, column.Annotations);
        }
    }

    public static DataViewSchema Read(BinaryReader reader)
    {
        try
        {
            if (reader.ReadUInt32() != Magic || reader.ReadInt32() != Version)
            {
                throw new FormatException("The model's input schema is corrupt, or was written by another product.");
            }
            var builder = new DataViewSchema.Builder();
            int count = ValueCodec.ReadCount(reader, "columns");
            for (int i = 0; i < count; i++)
            {
                string name = reader.ReadString();
                DataViewType type = DataViewTypeCodec.Read(reader);
                builder.AddColumn(name, type, ReadAnnotations(reader));
            }
            return builder.ToSchema();
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException)
        {
            throw new FormatException("The model's input schema is truncated or corrupt.", e);
        }
    }

    private static void WriteAnnotations(BinaryWriter writer, DataViewSchema.Annotations annotations)
    {
        var saved = annotations.Schema.Where(a => DataViewTypeCodec.CanWrite(a.Type)).ToList();
        writer.Write(saved.Count);
        foreach (DataViewSchema.Column annotation in saved)
        {
            writer.Write(annotation.Name);
            DataViewTypeCodec.Write(writer, annotation.Type);
            ValueCodec.ForTypeOrNull(annotation.Type).WriteAnnotation(writer, annotations, annotation);
        }
    }

    private static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader)
    {
        int count = ValueCodec.ReadCount(reader, "annotations");
        if (count == 0)
        {
            return null;
        }
        var builder = new DataViewSchema.Annotations.Builder();
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString();
            DataViewType type = DataViewTypeCodec.Read(reader);
            ValueCodec.ForTypeOrNull(type).ReadAnnotation(reader, builder, name, type);
        }
        return builder.ToAnnotations();
    }
}
