using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ConsentLedger.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class AddObligations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "obligations",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<int>(type: "integer", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subject_id = table.Column<Guid>(type: "uuid", nullable: true),
                    partner = table.Column<string>(type: "text", nullable: true),
                    position = table.Column<long>(type: "bigint", nullable: false),
                    opened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    settled_position = table.Column<long>(type: "bigint", nullable: true),
                    settled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_obligations", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_obligations_due_at_id",
                table: "obligations",
                columns: new[] { "due_at", "id" },
                filter: "settled_position IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_obligations_key",
                table: "obligations",
                column: "key",
                filter: "settled_position IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_obligations_subject_id_id",
                table: "obligations",
                columns: new[] { "subject_id", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "obligations");
        }
    }
}
