using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Image;

/// <summary>What the image estimators and transformers share: checks of columns, and how they are saved.</summary>
internal static class ImageColumns
{
    /// <summary>The columns after an estimator with one input and one output column, of which the output replaces any namesake.</summary>
    public static SchemaShape Append(
        SchemaShape inputSchema, string inputName, string expected, Func<SchemaShape.Column, bool> fits, SchemaShape.Column output)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (!inputSchema.TryFindColumn(inputName, out SchemaShape.Column column))
        {
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", inputName);
        }

        if (!fits(column))
        {
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", inputName, expected, column.GetTypeString());
        }

        return new SchemaShape(inputSchema.Where(other => other.Name != output.Name).Append(output));
    }

    public static bool IsImage(SchemaShape.Column column) =>
        column.Kind == SchemaShape.Column.VectorKind.Scalar && column.ItemType is ImageDataViewType;

    /// <summary>Refuses an input column that is no column of images.</summary>
    public static void CheckIsImage(DataViewSchema inputSchema, int column)
    {
        if (inputSchema[column].Type is not ImageDataViewType)
        {
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", inputSchema[column].Name, "image", inputSchema[column].Type.ToString());
        }
    }

    public static SchemaShape.Column ImageShape(string name) =>
        new(name, SchemaShape.Column.VectorKind.Scalar, new ImageDataViewType(), false);

    public static VersionInfo Version<TTransformer>(string signature, string loaderSignature) =>
        new(signature, 0x00010001, 0x00010001, 0x00010001, typeof(TTransformer).Assembly.FullName, loaderSignature);

    public static void Write(BinaryWriter writer, (string Output, string Input) pair)
    {
        writer.Write(pair.Output);
        writer.Write(pair.Input);
    }

    public static (string Output, string Input) Read(BinaryReader reader) => (reader.ReadString(), reader.ReadString());

    /// <summary>A number of a saved model that stands for a member of an enumeration.</summary>
    public static TEnum ReadEnum<TEnum>(BinaryReader reader, string what)
        where TEnum : struct, Enum
    {
        byte code = reader.ReadByte();
        var value = (TEnum)Enum.ToObject(typeof(TEnum), code);
        return Enum.IsDefined(value) ? value : throw new FormatException($"The model is corrupt: it gives {what} as {code}.");
    }

    /// <summary>A size in pixels of a saved model.</summary>
    public static int ReadSize(BinaryReader reader, string what)
    {
        int value = reader.ReadInt32();
        return value > 0 ? value : throw new FormatException($"The model is corrupt: it gives {what} as {value}.");
    }
}
